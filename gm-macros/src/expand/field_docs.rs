//! The documentation and the attributes of a field in generated structs.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Field;

/// The field's documentation, or its name (for `missing_docs`), and the attributes that are forwarded.
pub(super) fn field_docs(field: &Field) -> TokenStream {
    let forwarded = field.forwarded.attributes();
    if field.docs.is_empty() {
        let doc = format!(" `{}`", field.rust_name);
        return quote!(#[doc = #doc] #forwarded);
    }
    let docs = &field.docs;
    quote!(#(#[doc = #docs])* #forwarded)
}
