//! The room `server` if its feature is off: nothing is served.

use std::sync::Arc;
use std::time::Duration;

use crate::access::Managed;
use crate::error::Error;
use crate::features::client::Client;
use crate::health::LoopHealth;

#[derive(Default)]
pub(crate) struct ServerSettings;

pub(crate) struct Server;

impl Server {
    pub(crate) fn new(_: ServerSettings, _: Vec<Arc<Managed>>, _: &Client) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self))
    }

    pub(crate) async fn close(&self) {}

    pub(crate) fn loops(&self, _: Duration) -> Vec<LoopHealth> {
        Vec::new()
    }

    pub(crate) fn has_suspended_events(&self) -> bool {
        false
    }
}
