//! The derive of the GeneralManager framework. Depend on `gm-runtime`, which re-exports it.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

/// placeholder
#[proc_macro_derive(
    GeneralManager,
    attributes(database, permission, remote_api, remote_manager, manager, field)
)]
pub fn derive_general_manager(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
