//! The part of the description for `#[manager(interface = ..)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::target::Target;

/// `.with_interface(..)`. The method `interface` belongs to one of two traits: to the one with the type's `Default`, or to the
/// one that leaves the value to the builder.
pub(super) fn description(target: &Target<'_>) -> Option<TokenStream> {
    if target.remote || target.model.has_errors {
        return None;
    }
    let (ident, interface) = (&target.ident, target.model.interface()?);
    // The span of the type, at which the compiler reports that it is no `Interface`.
    let declared = quote_spanned!(interface.span()=> __gm::DeclaredInterface::<#ident, #interface>::new());
    Some(quote! {
        .with_interface(|| {
            use __gm::{BuilderInterface as _, DefaultInterface as _};
            #declared.interface()
        })
    })
}
