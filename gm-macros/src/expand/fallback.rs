//! What is emitted beside errors, so that code which uses the manager adds none of its own.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::model::Model;

/// The errors, and items of the same names and signatures as without them.
pub(crate) fn fallback(model: Model, errors: TokenStream) -> TokenStream {
    let model = Model {
        faulty: true,
        ..model
    };
    // What is generic has no one form to stand in for.
    let items = (!model.generic).then(|| expand(&model));
    quote!(#errors #items)
}
