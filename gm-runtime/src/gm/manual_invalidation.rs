//! What an application with a websocket of its own needs.

use super::Gm;
use crate::client::InvalidationEvent;
use crate::error::Error;
use crate::manager::{Invalidates, Manager};

/// The URL of the websocket that tells of changes of `M`.
///
/// # Errors
/// [`Error::Configuration`] where the service's URL is none.
pub fn websocket_invalidation_url<M: Invalidates>(gm: &Gm) -> Result<String, Error> {
    match M::DESCRIPTION.remote() {
        Some(remote) => gm.client().websocket_url(remote).map(|url| url.to_string()),
        None => Err(not_remote::<M>()),
    }
}

/// Drops from the cache what the event says has changed, for every struct of the handle that names the same resource, and
/// gives true; gives false, and does nothing, where the
/// event is of another resource, base path or protocol version, or where the handle acts as a caller who may not
/// [`refresh`](Gm::refresh).
pub fn handle_invalidation_event<M: Invalidates>(gm: &Gm, event: &InvalidationEvent) -> bool {
    let Ok(managed) = gm.managed::<M>() else {
        return false;
    };
    let Some(cache) = managed.cache().filter(|cache| cache.is_named_by(event)) else {
        return false;
    };
    if managed.require_refresh(gm.principal()).is_err() {
        return false;
    }
    cache.apply_everywhere(event);
    true
}

pub(crate) fn not_remote<M: Manager>() -> Error {
    Error::Configuration(format!(
        "the rows of `{}` are this service's own, so there is no websocket to subscribe to",
        M::DESCRIPTION.name()
    ))
}
