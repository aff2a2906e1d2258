//! Writes, which invalidate the cache.

use std::sync::Arc;

use super::sync::detached;

/// The caches that a write invalidates.
pub(crate) trait Invalidate: Send + Sync + 'static {
    /// The id of a row.
    type Id: Clone + Send + 'static;

    /// Invalidates the answers about this row, or all answers if the row is unknown.
    fn invalidate(&self, row: Option<&Self::Id>);
}

/// Invalidates the caches when it is dropped.
struct InvalidateOnDrop<P: Invalidate> {
    caches: Arc<P>,
    row: Option<P::Id>,
    enabled: bool,
}

impl<P: Invalidate> Drop for InvalidateOnDrop<P> {
    fn drop(&mut self) {
        if self.enabled {
            self.caches.invalidate(self.row.as_ref());
        }
    }
}

/// Sends a write, and invalidates the caches before it returns. `row`: the id, where it is known before the write.
///
/// The request continues when the caller is cancelled. The caches are then invalidated twice: at the cancellation, since the
/// owner may have committed already, and at the end of the request. `None` when the runtime stopped meanwhile.
pub(crate) async fn write<P: Invalidate, T: Send + 'static>(
    caches: &Arc<P>,
    row: Option<P::Id>,
    sending: impl Future<Output = T> + Send + 'static,
    written_row: impl FnOnce(&T) -> Option<P::Id> + Send + 'static,
) -> Option<T> {
    let invalidate_on_drop = |enabled| InvalidateOnDrop {
        caches: Arc::clone(caches),
        row: row.clone(),
        enabled,
    };
    let mut caller = invalidate_on_drop(guard!("invalidate when the caller is cancelled", true, false));
    let mut sender = invalidate_on_drop(guard!("invalidate when the write ends", true, false));
    let written = detached(async move {
        let written = sending.await;
        if let Some(row) = written_row(&written) {
            sender.row = Some(row);
        }
        drop(sender);
        written
    })
    .await;
    // With an outcome the sender has invalidated the caches already.
    caller.enabled &= written.is_none();
    written
}
