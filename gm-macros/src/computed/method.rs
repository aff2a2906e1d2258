//! The methods of a `#[computed]` block.

use proc_macro2::Ident;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, FieldModifiers, ImplItem, ImplItemFn, ItemImpl, ReceiverKind, ReturnType, Safety, Signature,
    Type,
};

use crate::diagnostics::Errors;
use crate::model::Field;

/// A method, as the field that it computes.
pub(super) struct Method {
    /// The conditions of compilation of the method.
    pub(super) cfgs: Vec<Attribute>,
    pub(super) field: Field,
}

impl Method {
    /// The methods of a block. What is no computed field is reported.
    pub(super) fn all(block: &ItemImpl, ident: &Ident, errors: &Errors) -> Vec<Self> {
        let methods = (0..).zip(&block.items);
        methods
            .filter_map(|(index, item)| {
                let ImplItem::Fn(method) = item else {
                    errors.at(
                        item.span(),
                        "a `#[computed]` block has methods alone: move this into another `impl` block",
                    );
                    return None;
                };
                Self::parse(index, method, ident, errors)
            })
            .collect()
    }

    fn parse(index: u16, method: &ImplItemFn, ident: &Ident, errors: &Errors) -> Option<Self> {
        let ty = return_type(&method.sig, errors)?;
        let field = syn::Field {
            attrs: method.attrs.clone(),
            vis: method.vis.clone(),
            modifiers: FieldModifiers::default(),
            ident: Some(method.sig.ident.clone()),
            colon_token: None,
            ty: ty.clone(),
            default: None,
        };
        let cfgs = method
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"));
        Some(Self {
            cfgs: cfgs.cloned().collect(),
            field: Field::parse(index, field, ident, errors)?,
        })
    }
}

/// The type of the field. `None` for a method of another form, which is reported.
fn return_type<'a>(method: &'a Signature, errors: &Errors) -> Option<&'a Type> {
    // One mistake is one error: the first violated rule is the reason.
    if let Some(keyword) = &method.asyncness {
        errors.at(
            keyword.span(),
            "a computed field is computed while an answer is written, so its method can't be `async`: compute it from the row alone",
        );
        return None;
    }
    if let Safety::Unsafe(keyword) = &method.safety {
        errors.at(keyword.span(), "the method of a computed field can't be `unsafe`");
        return None;
    }
    let takes_self = method
        .receiver()
        .is_some_and(|receiver| matches!(&receiver.kind, ReceiverKind::Reference(_, _, None)));
    if !takes_self || method.inputs.len() != 1 || !method.generics.params.is_empty() {
        errors.at(
            method.ident.span(),
            format!(
                "the method of a computed field takes `&self` alone: write `fn {}(&self) -> ..`, or move the method into another \
                 `impl` block",
                method.ident
            ),
        );
        return None;
    }
    match &method.output {
        ReturnType::Default => {
            errors.at(
                method.ident.span(),
                format!(
                    "a computed field is the value that its method returns: write `fn {}(&self) -> ..`, or move the method into \
                     another `impl` block",
                    method.ident
                ),
            );
            None
        }
        ReturnType::Type(_, ty) => match &**ty {
            Type::Reference(_) | Type::ImplTrait(_) => {
                errors.at(
                    ty.span(),
                    "a computed field returns an owned value of a named type, such as `String`",
                );
                None
            }
            ty => Some(ty),
        },
    }
}

/// Removes the attributes of this framework, which the compiler does not know.
pub(super) fn remove_attributes(block: &mut ItemImpl) {
    for item in &mut block.items {
        let attributes = match item {
            ImplItem::Fn(method) => &mut method.attrs,
            ImplItem::Const(constant) => &mut constant.attrs,
            ImplItem::Type(ty) => &mut ty.attrs,
            _ => continue,
        };
        attributes.retain(|attribute| !attribute.path().is_ident("field"));
    }
}
