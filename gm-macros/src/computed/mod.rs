//! `#[computed]`: methods of a manager's struct as fields that callers read.

mod expand;
mod method;

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Attribute, Ident, ItemImpl, Type, Visibility, parse_quote};

use self::method::Method;
use crate::attributes::forwarded::Forwarded;
use crate::attributes::permission::Permission;
use crate::attributes::{StructAttributes, arguments, set_once};
use crate::check::check_computed;
use crate::diagnostics::Errors;
use crate::model::Model;
use crate::runtime_path;

/// The attribute for tokens of `proc_macro2`.
pub(crate) fn attribute(given: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut block: ItemImpl = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(_) => {
            let span = item
                .clone()
                .into_iter()
                .next()
                .map_or_else(proc_macro2::Span::call_site, |first| first.span());
            let message = "`#[computed]` belongs on an `impl` block of the struct: `#[computed] impl Type { fn name(&self) -> .. { .. } }`";
            let error = syn::Error::new(span, message).into_compile_error();
            return quote!(#error #item);
        }
    };
    let errors = Errors::new();
    let krate = path_of_runtime(given, &errors);
    let Some(ident) = checked_ident(&block, &errors) else {
        let errors = errors.into_compile_errors();
        method::remove_attributes(&mut block);
        // The compiler would report a block of another type again.
        let block = matches!(&*block.self_ty, Type::Path(_)).then_some(block);
        return quote!(#errors #block);
    };
    let methods = Method::all(&block, &ident, &errors);
    method::remove_attributes(&mut block);
    let (methods, fields): (Vec<_>, Vec<_>) = methods
        .into_iter()
        .map(|method| (method.cfgs, method.field))
        .unzip();
    let model = Model {
        ident,
        vis: Visibility::Inherited,
        krate,
        fields,
        attributes: StructAttributes {
            permission: Some(Permission::default()),
            ..StructAttributes::default()
        },
        forwarded: Forwarded::parse(&block.attrs),
        generic: false,
        has_errors: false,
        shape: Ok(()),
    };
    check_computed(&model, &errors);
    let expansion = match errors.into_compile_errors() {
        Some(errors) => quote!(#errors #block),
        None => {
            let items = expand::items(&model, &methods, &block.self_ty);
            quote!(#block #items)
        }
    };
    crate::debug::print(&model.ident.to_string(), &expansion);
    expansion
}

/// The path of gm-runtime: that of `#[computed(crate = ..)]`, or the usual one.
fn path_of_runtime(given: &TokenStream, errors: &Errors) -> TokenStream {
    let attribute: Attribute = match given.is_empty() {
        true => parse_quote!(#[computed]),
        false => parse_quote!(#[computed(#given)]),
    };
    let mut path = None;
    for argument in arguments(&attribute, errors) {
        match argument.name().as_str() {
            "crate" => set_once(&mut path, &argument, argument.path(errors), errors),
            _ => argument.report_unknown(&["crate"], errors),
        }
    }
    runtime_path::resolve(path.as_ref(), "computed", errors)
}

/// The name of the struct. `None` for a block that can't have computed fields, which is reported.
fn checked_ident(block: &ItemImpl, errors: &Errors) -> Option<Ident> {
    if let Some((path, _)) = &block.trait_ {
        errors.at(
            path.span(),
            "a computed field is a method of the struct itself: write `#[computed]` on `impl Type { .. }`",
        );
        return None;
    }
    if !block.generics.params.is_empty() {
        errors.at(
            block.generics.span(),
            "a manager can't be generic: all its rows have the same fields",
        );
        return None;
    }
    let Type::Path(path) = &*block.self_ty else {
        errors.at(
            block.self_ty.span(),
            "`#[computed]` is for the struct of a manager",
        );
        return None;
    };
    Some(path.path.segments.last()?.ident.clone())
}
