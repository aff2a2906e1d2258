//! The expansion of a struct with mistakes: items of the same names, so that code which uses the manager causes no errors of
//! its own.

use proc_macro2::TokenStream;
use quote::quote;

use super::expansion::expand;
use crate::model::Model;

/// The errors, and items with the usual names and signatures.
pub(crate) fn fallback(model: Model, errors: TokenStream) -> TokenStream {
    let model = Model {
        has_errors: true,
        ..model
    };
    // A generic struct has no items: their names would need its parameters.
    let items = (!model.generic).then(|| expand(&model));
    quote!(#errors #items)
}
