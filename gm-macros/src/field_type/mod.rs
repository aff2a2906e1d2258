//! `#[derive(FieldType)]`: an enum of names as the type of a field.

mod check;
mod expand;
mod model;

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Errors;

/// The derive on tokens that tests can make too.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: syn::DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let name = input.ident.to_string();
    let errors = Errors::new();
    let model = model::Model::parse(input, &errors);
    check::check(&model, &errors);
    let expansion = match errors.check() {
        Some(errors) => {
            let stand_in = expand::stand_in(&model);
            quote!(#errors #stand_in)
        }
        None => expand::expand(&model),
    };
    crate::debug::print(&name, &expansion);
    expansion
}
