//! `#[derive(FieldType)]`: an enum as the type of a field.

mod check;
mod expand;
mod model;

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Errors;

/// The derive for tokens of `proc_macro2`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: syn::DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let name = input.ident.to_string();
    let errors = Errors::new();
    let model = model::Model::parse(input, &errors);
    check::check(&model, &errors);
    let expansion = match errors.into_compile_errors() {
        Some(errors) => {
            let fallback = expand::fallback(&model);
            quote!(#errors #fallback)
        }
        None => expand::expand(&model),
    };
    crate::debug::print(&name, &expansion);
    expansion
}
