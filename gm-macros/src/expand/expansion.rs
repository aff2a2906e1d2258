//! The whole expansion of a model.

use proc_macro2::TokenStream;
use quote::quote;

use super::target::Target;
use super::{draft, fields, manager, reference, remote_manager, verbs};
use crate::model::Model;

/// The items of the declared struct, and of the client that is generated for an owner.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let declared = manager_items(&Target::declared(model));
    let client = Target::client(model).map(|client| {
        let client_struct = remote_manager::client_struct(&client);
        let items = manager_items(&client);
        quote!(#client_struct #items)
    });
    quote!(#declared #client)
}

fn manager_items(target: &Target<'_>) -> TokenStream {
    let private = target.private();
    let lints = target.model.lints();
    let handles = fields::handles(target);
    let handle_impls = fields::handle_impls(target);
    let write_structs = draft::structs(target);
    let references = reference::constants(target);
    let description = manager::description(target);
    let implementation = manager::implementation(target);
    let verbs = verbs::verbs(target);
    let draft_methods = draft::methods(target);
    // The module's documentation says why these lints are allowed.
    quote! {
        #handles
        #write_structs
        #[allow(dead_code, private_interfaces)]
        #lints
        const _: () = {
            use #private::{self as __gm, FieldDescription as __Field, FieldType as __Type};
            #handle_impls
            #references
            #description
            #implementation
            #verbs
            #draft_methods
        };
    }
}
