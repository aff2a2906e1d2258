//! The part of the description for `#[database(..)]`.

use proc_macro2::TokenStream;
use quote::quote;

use super::target::Target;

/// `.with_table(..)`.
pub(super) fn description(target: &Target<'_>) -> Option<TokenStream> {
    if target.remote {
        return None;
    }
    let table = &target.model.attributes.database.as_ref()?.table.as_ref()?.value;
    Some(quote!(.with_table(#table)))
}
