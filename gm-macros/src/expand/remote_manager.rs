//! The part of the description for `#[remote_manager(..)]`, its trait impls, and the generated client of an owner.

use proc_macro2::TokenStream;
use quote::quote;

use super::field_docs::field_docs;
use super::target::{Target, operation};
use crate::attributes::Operation;
use crate::model::Field;
use crate::spanned::Spanned;

/// `.with_remote(..)`.
pub(super) fn description(target: &Target<'_>) -> Option<TokenStream> {
    if !target.remote {
        return None;
    }
    let remote = target.model.attributes.remote_manager.as_ref()?;
    // A generated client uses the values of `#[remote_api]` that its own attribute does not set.
    let api = target.model.attributes.remote_api.as_ref();
    let api = api.filter(|_| target.model.is_owner());
    let value = |own: &'_ Option<Spanned<String>>, of_api: Option<&Option<Spanned<String>>>| {
        let value = own.as_ref().or(of_api.and_then(Option::as_ref));
        value.map(|value| value.value.clone())
    };
    let base_url = value(&remote.base_url, None)?;
    let base_path = value(&remote.base_path, api.map(|api| &api.base_path));
    let base_path = base_path.unwrap_or_else(|| "/gm".to_owned());
    let resource = value(&remote.resource, api.map(|api| &api.resource))?;
    let mut tokens = quote!(__gm::Remote::new(#base_url, #base_path, #resource));
    let operations = target.operations();
    if operations.len() < Operation::ALL.len() {
        let operations = operations.into_iter().map(operation);
        tokens.extend(quote!(.with_operations(__gm::Operations::none() #(.with(#operations))*)));
    }
    if remote.has_websocket() {
        tokens.extend(quote!(.with_websocket_invalidation()));
    }
    if let Some(version) = value(&remote.protocol_version, api.map(|api| &api.protocol_version)) {
        tokens.extend(quote!(.with_protocol_version(#version)));
    }
    Some(quote!(.with_remote(#tokens)))
}

/// `impl Invalidates`, and the functions for an application that holds the websocket itself.
pub(super) fn invalidates(target: &Target<'_>) -> Option<TokenStream> {
    let remote = target.model.attributes.remote_manager.as_ref()?;
    let (ident, vis) = (&target.ident, target.vis());
    (target.remote && remote.has_websocket()).then(|| {
        quote! {
            impl __gm::Invalidates for #ident {}
            __gm::with_client! {
            impl #ident {
                /// The URL of the websocket with the changes.
                #vis fn websocket_invalidation_url(gm: &__gm::Gm) -> ::core::result::Result<::std::string::String, __gm::Error> {
                    __gm::websocket_invalidation_url::<Self>(gm)
                }
                /// Invalidates the cache by this event. Returns false for an event of another resource, base path or
                /// protocol version.
                #vis fn handle_invalidation_event(gm: &__gm::Gm, event: &__gm::InvalidationEvent) -> bool {
                    __gm::handle_invalidation_event::<Self>(gm, event)
                }
            }
            }
        }
    })
}

/// `impl Watches`: for the rows of this service, and for a consumer with a websocket.
pub(super) fn watches(target: &Target<'_>) -> Option<TokenStream> {
    let remote = target.model.attributes.remote_manager.as_ref();
    let watches = !target.remote || remote.is_some_and(|remote| remote.has_websocket());
    let ident = &target.ident;
    watches.then(|| quote!(impl<'x> __gm::Watches<'x> for #ident {}))
}

/// `struct Remote…`, the generated client.
pub(super) fn client_struct(target: &Target<'_>) -> TokenStream {
    let Target { model, ident, .. } = target;
    let (vis, attributes) = (target.vis(), target.struct_attributes());
    let doc = format!(
        " A row of [`{}`] as a consumer of its service reads it.",
        model.ident
    );
    let fields = model.fields.iter().map(|field| {
        let Field { ident: name, ty, .. } = field;
        let docs = field_docs(field);
        quote! {
            #docs
            #vis #name: #ty,
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #attributes
        #vis struct #ident {
            #(#fields)*
        }
    }
}
