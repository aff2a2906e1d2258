//! Attributes of an item that the generated code repeats: lint levels, `#[deprecated]` and `#[doc(hidden)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta};

/// The attributes of a struct or a field that the derive forwards to generated items.
#[derive(Default)]
pub(crate) struct Forwarded {
    /// The lints of `allow` and `expect`.
    lints: Vec<TokenStream>,
    deprecated: Option<Meta>,
    hidden: bool,
}

impl Forwarded {
    pub(crate) fn parse(attributes: &[Attribute]) -> Self {
        let mut forwarded = Self::default();
        for attribute in attributes {
            let path = attribute.path();
            match &attribute.meta {
                // An `expect` becomes an `allow`: generated code may not trigger the lint.
                Meta::List(list) if path.is_ident("allow") || path.is_ident("expect") => {
                    forwarded.lints.push(list.tokens.clone());
                }
                meta if path.is_ident("deprecated") => forwarded.deprecated = Some(meta.clone()),
                Meta::List(list) if path.is_ident("doc") => {
                    forwarded.hidden |= list.tokens.to_string() == "hidden";
                }
                _ => {}
            }
        }
        forwarded
    }

    /// The attributes of a generated item that represents this one, such as the setter of a field.
    pub(crate) fn attributes(&self) -> TokenStream {
        let deprecated = self.deprecated.iter().map(|meta| quote!(#[#meta]));
        let hidden = self.hidden.then(|| quote!(#[doc(hidden)]));
        quote!(#(#deprecated)* #hidden)
    }

    /// The lint attributes of generated code that uses this item's name.
    pub(crate) fn lints(&self) -> TokenStream {
        let lints = &self.lints;
        let deprecated = self.deprecated.as_ref().map(|_| quote!(#[allow(deprecated)]));
        quote!(#(#[allow(#lints)])* #deprecated)
    }
}
