//! The room `client` if its feature is off: no service is connected, and nothing is cached.

use std::sync::Arc;
use std::time::Duration;

use crate::change::Topic;
use crate::error::Error;
use crate::health::SubscriptionHealth;
use crate::interface::batch_error::BatchError;
use crate::interface::{
    Answer, BatchedWrite, BoxFuture, ErasedInterface, InFlight, Read, WriteRequest, Written,
};
use crate::manager::{Description, Remote};
use crate::query::PaginationLimits;
use crate::schema::Difference;

#[derive(Default)]
pub(crate) struct ClientSettings;

pub(crate) struct Client;

impl Client {
    pub(crate) fn new(_: ClientSettings, _: PaginationLimits) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self))
    }

    /// The default of the setting that this build lacks.
    pub(crate) fn max_rows(&self) -> u64 {
        1_000_000
    }

    pub(crate) fn connect(
        &self,
        description: &'static Description,
        _: &Remote,
        _: bool,
    ) -> Result<CachedRemote, Error> {
        Err(Error::Configuration(format!(
            "the rows of `{}` are in another service; enable the feature `client` of gm-runtime",
            description.name()
        )))
    }

    pub(crate) fn document(&self, url: &str) -> Result<Document, Error> {
        Err(Error::Configuration(format!(
            "`{url}` can't be read; enable the feature `client` of gm-runtime"
        )))
    }

    pub(crate) fn websocket_url(&self, _: &Remote) -> Result<Arc<str>, Error> {
        Ok(Arc::default())
    }

    pub(crate) fn close(&self) {}

    pub(crate) fn used_connections(&self) -> Vec<(String, usize)> {
        Vec::new()
    }

    pub(crate) fn cache_size(&self) -> (u64, u64) {
        (0, 0)
    }
}

/// Has no value, since nothing is read.
pub(crate) enum Document {}

impl Document {
    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn read(&self) -> BoxFuture<'static, Result<bytes::Bytes, String>> {
        match *self {}
    }
}

/// Has no value, since nothing is connected.
pub(crate) enum CachedRemote {}

impl CachedRemote {
    pub(crate) fn cache(&self) -> &Arc<ResourceCache> {
        match *self {}
    }

    pub(crate) async fn compare_schema(&self) -> Result<Vec<Difference>, Error> {
        match *self {}
    }

    pub(crate) fn send_batch(
        _: Vec<(&Self, BatchedWrite)>,
        _: Option<String>,
        _: InFlight,
    ) -> BoxFuture<'static, Result<Vec<Written>, BatchError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl ErasedInterface for CachedRemote {
    fn description(&self) -> &'static Description {
        match *self {}
    }

    fn read<'a>(&'a self, _: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        match *self {}
    }

    fn write(&self, _: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        match *self {}
    }
}

/// Has no value, since nothing is cached.
pub(crate) enum ResourceCache {}

impl ResourceCache {
    pub(crate) fn reliable_epoch(&self) -> Option<u64> {
        match *self {}
    }

    pub(crate) fn is_sibling_of(&self, _: &Self) -> bool {
        match *self {}
    }

    pub(crate) fn topic(&self) -> &Arc<Topic> {
        match *self {}
    }

    pub(crate) fn health(&self) -> Option<SubscriptionHealth> {
        match *self {}
    }

    pub(crate) fn collect(&self) {
        match *self {}
    }
}

/// Has no value, since nothing is subscribed to.
pub(crate) enum SubscriptionMonitor {}

impl SubscriptionMonitor {
    pub(crate) fn new(cache: &Arc<ResourceCache>, _: Arc<str>) -> Self {
        match **cache {}
    }

    pub(crate) async fn changed(&mut self) -> Option<Error> {
        match *self {}
    }

    pub(crate) fn max_age(&self) -> Option<Duration> {
        match *self {}
    }
}
