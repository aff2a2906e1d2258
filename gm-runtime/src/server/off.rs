//! The room `server` if its feature is off: nothing is served.

use std::sync::Arc;

use crate::access::Managed;
use crate::error::Error;
use crate::features::client::Client;

#[derive(Default)]
pub(crate) struct ServerSettings;

pub(crate) struct Server;

impl Server {
    pub(crate) fn new(_: ServerSettings, _: Vec<Arc<Managed>>, _: &Client) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self))
    }

    pub(crate) async fn close(&self) {}
}
