//! The derive of the GeneralManager framework. Depend on `gm-runtime`, which re-exports it.
#![forbid(unsafe_code)]

mod attributes;
mod check;
mod computed;
mod debug;
mod diagnostics;
mod expand;
mod field_type;
mod model;
mod runtime_path;
mod spanned;
mod suggestion;

use proc_macro::TokenStream;

#[doc = include_str!("derive.md")]
#[proc_macro_derive(
    GeneralManager,
    attributes(database, permission, remote_api, remote_manager, manager, field)
)]
pub fn derive_general_manager(input: TokenStream) -> TokenStream {
    derive(input.into()).into()
}

#[doc = include_str!("field_type.md")]
#[proc_macro_derive(FieldType, attributes(field_type))]
pub fn derive_field_type(input: TokenStream) -> TokenStream {
    field_type::derive(input.into()).into()
}

#[doc = include_str!("computed.md")]
#[proc_macro_attribute]
pub fn computed(arguments: TokenStream, item: TokenStream) -> TokenStream {
    computed::attribute(&arguments.into(), &item.into()).into()
}

/// The derive for tokens of `proc_macro2`, which unit tests can create.
fn derive(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let input: syn::DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let name = input.ident.to_string();
    let errors = diagnostics::Errors::new();
    let model = model::Model::parse(input, &errors);
    check::check(&model, &errors);
    let expansion = match errors.into_compile_errors() {
        Some(errors) => expand::fallback(model, errors),
        None => expand::expand(&model),
    };
    debug::print(&name, &expansion);
    expansion
}

#[cfg(test)]
mod tests;
