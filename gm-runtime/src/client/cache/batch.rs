//! Batches, which invalidate the caches of several resources.

use std::sync::Arc;

use super::ResourceCache;
use super::writes::{self, Invalidate};
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::field::Value;
use crate::interface::Written;
use crate::interface::batch_error::BatchError;
use crate::protocol::loop_detection;

/// The caches of the operations of a batch.
pub(crate) struct BatchCaches(pub(crate) Vec<Arc<ResourceCache>>);

impl Invalidate for BatchCaches {
    /// The row of each operation, where it is known.
    type Id = Vec<Option<Value>>;

    fn invalidate(&self, rows: Option<&Vec<Option<Value>>>) {
        for (place, cache) in self.0.iter().enumerate() {
            let row = rows.and_then(|rows| rows.get(place)?.as_ref());
            cache.invalidate_everywhere(row);
        }
    }
}

impl BatchCaches {
    /// Sends the batch, and invalidates the answers that it concerns before it returns. `rows`: the ids that are known before.
    pub(crate) async fn write(
        self,
        rows: Vec<Option<Value>>,
        sending: impl Future<Output = Result<Vec<Written>, BatchError>> + Send + 'static,
    ) -> Result<Vec<Written>, BatchError> {
        for cache in &self.0 {
            cache.reads.counters.writes.add();
        }
        let id_indexes: Vec<_> = self.0.iter().map(|cache| cache.description.id_index()).collect();
        let known = rows.clone();
        let written_rows = move |written: &Result<Vec<Written>, BatchError>| {
            let written = written.as_ref().ok()?;
            let rows = known.into_iter().zip(written).zip(id_indexes);
            let rows = rows.map(|((known, written), id_index)| match written {
                Written::Row(row) => Some(row.get(id_index).clone()),
                _ => known,
            });
            Some(rows.collect())
        };
        let sending = loop_detection::inherit(sending);
        let caches = Arc::new(self);
        let written = writes::write(&caches, Some(rows), sending, written_rows);
        written.await.unwrap_or_else(|| {
            // The outcome is unknown, so the error must not be retryable.
            let stopped = TransportError::new(TransportErrorKind::Stopped);
            Err(Error::Transport(Arc::new(stopped)).into())
        })
    }
}
