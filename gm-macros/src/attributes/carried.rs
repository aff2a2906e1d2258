//! What is written of an item and holds for what is made of it too: lints that are allowed, that it is deprecated, that it
//! is not in the documentation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta};

/// The attributes of a struct, a field or a variant that what is generated of it has too.
#[derive(Default)]
pub(crate) struct Carried {
    /// What `allow` and `expect` list.
    lints: Vec<TokenStream>,
    deprecated: Option<Meta>,
    hidden: bool,
}

impl Carried {
    pub(crate) fn parse(attributes: &[Attribute]) -> Self {
        let mut carried = Self::default();
        for attribute in attributes {
            let path = attribute.path();
            match &attribute.meta {
                // Nothing that is generated need be what was expected.
                Meta::List(list) if path.is_ident("allow") || path.is_ident("expect") => {
                    carried.lints.push(list.tokens.clone());
                }
                meta if path.is_ident("deprecated") => carried.deprecated = Some(meta.clone()),
                Meta::List(list) if path.is_ident("doc") => {
                    carried.hidden |= list.tokens.to_string() == "hidden";
                }
                _ => {}
            }
        }
        carried
    }

    /// What a generated item has that stands for this one.
    pub(crate) fn attributes(&self) -> TokenStream {
        let deprecated = self.deprecated.iter().map(|meta| quote!(#[#meta]));
        let hidden = self.hidden.then(|| quote!(#[doc(hidden)]));
        quote!(#(#deprecated)* #hidden)
    }

    /// What a generated item allows that names this one.
    pub(crate) fn lints(&self) -> TokenStream {
        let lints = &self.lints;
        let deprecated = self.deprecated.as_ref().map(|_| quote!(#[allow(deprecated)]));
        quote!(#(#[allow(#lints)])* #deprecated)
    }
}
