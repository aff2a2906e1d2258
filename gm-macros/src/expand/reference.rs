//! The reference of a field to a row of another manager.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::target::{Reference, Target};

impl Reference<'_> {
    /// The name of the reference's constant.
    pub(super) fn constant(&self) -> Ident {
        format_ident!("__REFERENCE_{}", self.index)
    }
}

/// A constant for each reference. All other code uses it, so that another type than a manager is reported here alone.
pub(super) fn constants(target: &Target<'_>) -> TokenStream {
    target
        .references()
        .map(|reference| constant(&reference))
        .collect()
}

fn constant(reference: &Reference<'_>) -> TokenStream {
    let (name, manager, wire_name) = (reference.constant(), reference.manager, reference.wire_name);
    let ty = &reference.field.ty;
    let (output, function) = match reference.field.is_option() {
        true => (quote!(::core::option::Option<#manager>), "optional_reference_to"),
        false => (quote!(#manager), "reference_to"),
    };
    // With the span of the field's type, which the compiler reports if it is not that of the other manager's id.
    let span = ty.span().resolved_at(Span::call_site());
    let function = Ident::new(function, span);
    let value = quote_spanned!(span=> __gm::#function::<#manager, _>(#wire_name));
    quote!(const #name: __gm::ReferenceRead<#ty, #output> = #value;)
}

/// The method that reads the row whose id a field holds.
pub(super) fn verb(target: &Target<'_>, reference: &Reference<'_>) -> TokenStream {
    let (vis, name, manager) = (target.vis(), &reference.ident, reference.manager);
    let (constant, field) = (reference.constant(), &reference.field.ident);
    let output = match reference.field.is_option() {
        true => quote!(::core::option::Option<#manager>),
        false => quote!(#manager),
    };
    let doc = format!(" Reads the row of `{}`.", reference.field.rust_name);
    let forwarded = reference.field.forwarded.attributes();
    quote! {
        #[doc = #doc]
        #forwarded
        #[inline]
        #vis fn #name<'g>(&self, gm: &'g __gm::Gm) -> __gm::ReadFuture<'g, #output> {
            #constant.read(gm, &self.#field)
        }
    }
}
