//! What `#[manager(interface = ..)]` adds to the description.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::target::Target;

/// `.with_interface(..)`. Which of two traits has `made` depends on whether the type has a `Default`.
pub(super) fn description(target: &Target<'_>) -> Option<TokenStream> {
    if target.remote || target.model.faulty {
        return None;
    }
    let (ident, interface) = (&target.ident, target.model.interface()?);
    // Where the type is no `Interface`, that shows at the type.
    let declared = quote_spanned!(interface.span()=> __gm::DeclaredInterface::<#ident, #interface>::new());
    Some(quote! {
        .with_interface(|| {
            use __gm::{BuilderInterface as _, DefaultInterface as _};
            #declared.interface()
        })
    })
}
