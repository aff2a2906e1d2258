//! What `#[remote_manager(..)]` adds, and the client struct of an owner.

use proc_macro2::TokenStream;
use quote::quote;

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
    // A client that is generated beside its owner takes over what it is not told.
    let api = target.model.attributes.remote_api.as_ref();
    let api = api.filter(|_| target.model.is_owner());
    let given = |own: &'_ Option<Spanned<String>>, apis: Option<&Option<Spanned<String>>>| {
        let given = own.as_ref().or(apis.and_then(Option::as_ref));
        given.map(|given| given.value.clone())
    };
    let base_url = given(&remote.base_url, None)?;
    let base_path = given(&remote.base_path, api.map(|api| &api.base_path));
    let base_path = base_path.unwrap_or_else(|| "/gm".to_owned());
    let resource = given(&remote.resource, api.map(|api| &api.resource))?;
    let mut tokens = quote!(__gm::Remote::new(#base_url, #base_path, #resource));
    let operations = target.operations();
    if operations.len() < Operation::ALL.len() {
        let operations = operations.into_iter().map(operation);
        tokens.extend(quote!(.with_operations(__gm::Operations::none() #(.with(#operations))*)));
    }
    if remote.has_websocket() {
        tokens.extend(quote!(.with_websocket_invalidation()));
    }
    if let Some(version) = given(&remote.protocol_version, api.map(|api| &api.protocol_version)) {
        tokens.extend(quote!(.with_protocol_version(#version)));
    }
    Some(quote!(.with_remote(#tokens)))
}

/// `impl Invalidates`, and what an application with a websocket of its own calls.
pub(super) fn invalidates(target: &Target<'_>) -> Option<TokenStream> {
    let remote = target.model.attributes.remote_manager.as_ref()?;
    let (ident, vis) = (&target.ident, target.vis());
    (target.remote && remote.has_websocket()).then(|| {
        quote! {
            impl __gm::Invalidates for #ident {}
            __gm::with_client! {
            impl #ident {
                /// The URL of the websocket that tells what changes.
                #vis fn websocket_invalidation_url(gm: &__gm::Gm) -> ::core::result::Result<::std::string::String, __gm::Error> {
                    __gm::websocket_invalidation_url::<Self>(gm)
                }
                /// Drops from the cache what the event says has changed; false where it is of another resource, base
                /// path or protocol version.
                #vis fn handle_invalidation_event(gm: &__gm::Gm, event: &__gm::InvalidationEvent) -> bool {
                    __gm::handle_invalidation_event::<Self>(gm, event)
                }
            }
            }
        }
    })
}

/// `impl Watches`, where this program is told what changes: of one's own rows always.
pub(super) fn watches(target: &Target<'_>) -> Option<TokenStream> {
    let remote = target.model.attributes.remote_manager.as_ref();
    let told = !target.remote || remote.is_some_and(|remote| remote.has_websocket());
    let ident = &target.ident;
    told.then(|| quote!(impl<'x> __gm::Watches<'x> for #ident {}))
}

/// `Remote…`, the client of the struct that carries the derive.
pub(super) fn client_struct(target: &Target<'_>) -> TokenStream {
    let Target { model, ident, .. } = target;
    let (vis, carried) = (target.vis(), target.carried());
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
        #carried
        #vis struct #ident {
            #(#fields)*
        }
    }
}

/// The field's own documentation, or its name: an item that is public must have some. And what else is carried over.
pub(super) fn field_docs(field: &Field) -> TokenStream {
    let carried = field.carried.attributes();
    if field.docs.is_empty() {
        let doc = format!(" `{}`", field.own_name);
        return quote!(#[doc = #doc] #carried);
    }
    let docs = &field.docs;
    quote!(#(#[doc = #docs])* #carried)
}
