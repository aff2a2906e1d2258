//! The consumer's side: transport, cache, and the subscription that keeps the cache true.

mod cache;
mod error;

use std::sync::Arc;

pub(crate) use cache::ResourceCache;
pub use error::{DecodeError, RemoteError, TransportError};

use crate::change::Topic;
use crate::error::Error;
use crate::interface::ErasedInterface;
use crate::manager::{Description, Remote};

/// What the builder was told of the client.
#[derive(Debug, Default)]
pub(crate) struct ClientSettings {}

/// The consumer's half of a handle.
pub(crate) struct Client {}

/// A manager whose rows are another service's, connected.
pub(crate) struct Connected {
    pub(crate) interface: Arc<dyn ErasedInterface>,
    pub(crate) topic: Arc<Topic>,
    pub(crate) cache: Arc<ResourceCache>,
}

impl Client {
    pub(crate) fn new(_settings: ClientSettings) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self {}))
    }

    pub(crate) fn connect(
        &self,
        _description: &'static Description,
        _remote: &Remote,
    ) -> Result<Connected, Error> {
        Err(Error::Unavailable("placeholder"))
    }

    pub(crate) fn close(&self) {}
}
