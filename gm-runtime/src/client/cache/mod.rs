//! The cache of one resource.

use std::sync::Arc;

use crate::error::Error;
use crate::field::Value;
use crate::interface::{ErasedInterface, Write, Written};
use crate::manager::Record;
use crate::query::{Page, RecordPage, Select};

/// The cache of one resource, and the fence that keeps it true.
pub(crate) struct ResourceCache {}

impl ResourceCache {
    /// The rows of this query: kept ones where they are still true, else from the owner.
    pub(crate) async fn page<M: Send + Sync + 'static>(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        select: Select,
        _fresh: bool,
        decode: impl FnOnce(RecordPage) -> Result<Arc<Page<M>>, Error> + Send + 'static,
    ) -> Result<Arc<Page<M>>, Error> {
        decode(interface.query(&select).await?)
    }

    /// The row of this id: the kept one where it is still true, else from the owner.
    pub(crate) async fn row<M: Send + Sync + 'static>(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        id: Value,
        _fresh: bool,
        decode: impl FnOnce(Record) -> Result<Arc<M>, Error> + Send + 'static,
    ) -> Result<Arc<M>, Error> {
        match interface.get(&id).await? {
            Some(record) => decode(record),
            None => Err(Error::Unavailable("placeholder")),
        }
    }

    /// Writes, and passes what was kept.
    pub(crate) async fn write(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        write: Write,
    ) -> Result<Written, Error> {
        interface.write(write).await
    }
}
