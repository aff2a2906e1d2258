//! Manual invalidation, for an application with its own websocket.

use super::handle::{Gm, not_remote};
use crate::client::InvalidationEvent;
use crate::error::Error;
use crate::manager::{Invalidates, Manager};

/// The URL of the websocket with the events of `M`.
///
/// # Errors
/// [`Error::Configuration`] if the service's base URL is invalid, or `M` is not a manager of another service.
pub fn websocket_invalidation_url<M: Manager + Invalidates>(gm: &Gm) -> Result<String, Error> {
    match M::DESCRIPTION.remote() {
        Some(remote) => gm.client().websocket_url(remote).map(|url| url.to_string()),
        None => Err(not_remote::<M>()),
    }
}

/// Invalidates the cached answers that the event concerns, for each struct of the handle with the same resource.
///
/// Returns false, and does nothing, if the event is for another resource, base path or protocol version, or if the handle acts
/// as a caller who may not [`refresh`](Gm::refresh).
pub fn handle_invalidation_event<M: Manager + Invalidates>(gm: &Gm, event: &InvalidationEvent) -> bool {
    let Ok(managed) = gm.managed::<M>() else {
        return false;
    };
    let Some(cache) = managed.cache().filter(|cache| cache.is_target_of(event)) else {
        return false;
    };
    if managed.require_refresh(gm.principal()).is_err() {
        return false;
    }
    cache.apply_everywhere(event);
    true
}
