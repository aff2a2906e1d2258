//! The whole expansion.

use proc_macro2::TokenStream;
use quote::quote;

use super::target::Target;
use super::{fields, inputs, manager, remote_manager};
use crate::model::Model;

/// What the derive emits.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let declared = target(&Target::declared(model));
    let client = Target::client(model).map(|client| {
        let items = remote_manager::client_struct(&client);
        let manager = target(&client);
        quote!(#items #manager)
    });
    quote!(#declared #client)
}

fn target(target: &Target<'_>) -> TokenStream {
    let private = target.private();
    let lints = target.model.lints();
    let handles = fields::handles(target);
    let debug = fields::debug(target);
    let inputs = inputs::structs(target);
    let description = manager::description(target);
    let implementation = manager::implementation(target);
    let verbs = manager::verbs(target);
    let setters = inputs::setters(target);
    quote! {
        #handles
        #inputs
        #[allow(dead_code, private_interfaces)]
        #lints
        const _: () = {
            use #private::{self as __gm, FieldDescription as __Field, FieldType as __Type};
            #debug
            #description
            #implementation
            #verbs
            #setters
        };
    }
}
