//! The owner's side over the wire: REST handlers and the websocket of changes.

use std::sync::Arc;

use crate::error::Error;
use crate::gm::Managed;

/// What the builder was told of the server.
#[derive(Debug, Default)]
pub(crate) struct ServerSettings {}

/// The exposed managers of a handle and the sockets of their subscribers.
pub(crate) struct Server {}

impl Server {
    pub(crate) fn new(_settings: ServerSettings, _exposed: Vec<Arc<Managed>>) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self {}))
    }

    pub(crate) async fn close(&self) {}
}
