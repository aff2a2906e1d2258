//! The part of the description for `#[remote_api(..)]`, and `impl Exposed`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::target::{Target, operation};
use crate::attributes::remote_api::RemoteApi;
use crate::spanned::Spanned;

/// The enabled API of the declared struct. A generated client has none.
fn api<'a>(target: &Target<'a>) -> Option<&'a RemoteApi> {
    if target.ident != target.model.ident {
        return None;
    }
    let api = target.model.attributes.remote_api.as_ref()?;
    api.is_enabled().then_some(api)
}

/// `.with_api(..)`.
pub(super) fn description(target: &Target<'_>) -> Option<TokenStream> {
    let api = api(target)?;
    let base_path = api.base_path.as_ref().map_or("/gm", |path| &path.value);
    let resource = &api.resource.as_ref()?.value;
    let mut tokens = quote!(__gm::Api::new(#base_path, #resource));
    for allowed in api.operations() {
        let allowed = operation(allowed);
        tokens.extend(quote!(.allow(#allowed)));
    }
    if let Some(regex) = api.regex.as_ref().filter(|regex| regex.value) {
        tokens.extend(quote_spanned!(regex.span=> .with_regex()));
    }
    if api.counts.as_ref().is_some_and(|counts| counts.value) {
        tokens.extend(quote!(.with_counts()));
    }
    if api.has_websocket() {
        tokens.extend(quote!(.with_websocket_invalidation()));
    }
    if let Some(Spanned { value, .. }) = &api.protocol_version {
        tokens.extend(quote!(.with_protocol_version(#value)));
    }
    if api.default_page_size.is_some() || api.max_page_size.is_some() {
        let (default, max) = api.page_sizes();
        let (default, max) = (Literal::u64_unsuffixed(default), Literal::u64_unsuffixed(max));
        tokens.extend(quote!(.with_page_size(#default, #max)));
    }
    Some(quote!(.with_api(#tokens)))
}

/// `impl Exposed`.
pub(super) fn exposed(target: &Target<'_>) -> Option<TokenStream> {
    let ident = &target.ident;
    api(target).map(|_| quote!(impl __gm::Exposed for #ident {}))
}
