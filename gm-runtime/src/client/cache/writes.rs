//! Writing past the cache.

use std::sync::Arc;

use super::sync::detached;

/// Whose clocks a write passes.
pub(crate) trait Invalidate: Send + Sync + 'static {
    /// What identifies a row.
    type Id: Clone + Send + 'static;

    /// What was answered about this row, or where the row is not known about any, is no longer true.
    fn invalidate(&self, row: Option<&Self::Id>);
}

/// Invalidatess when it is dropped.
struct InvalidateOnDrop<P: Invalidate> {
    clocks: Arc<P>,
    row: Option<P::Id>,
    due: bool,
}

impl<P: Invalidate> Drop for InvalidateOnDrop<P> {
    fn drop(&mut self) {
        if self.due {
            self.clocks.invalidate(self.row.as_ref());
        }
    }
}

/// Sends a write of a row, or of one that is not known before it is written, and passes the clocks before it returns.
///
/// The request goes on when the caller leaves, as writes of one's own storage do, so the clocks are passed twice
/// then: for the caller, who may read at once what was perhaps committed already, and when the request has really
/// ended. Absent where the runtime was stopped meanwhile.
pub(crate) async fn write<P: Invalidate, T: Send + 'static>(
    clocks: &Arc<P>,
    row: Option<P::Id>,
    sending: impl Future<Output = T> + Send + 'static,
    written_row: impl FnOnce(&T) -> Option<P::Id> + Send + 'static,
) -> Option<T> {
    let passing = |due| InvalidateOnDrop {
        clocks: Arc::clone(clocks),
        row: row.clone(),
        due,
    };
    let mut caller = passing(guard!("invalidate when the caller is cancelled", true, false));
    let mut sender = passing(guard!("invalidate when the write ends", true, false));
    let written = detached(async move {
        let written = sending.await;
        if let Some(row) = written_row(&written) {
            sender.row = Some(row);
        }
        drop(sender);
        written
    })
    .await;
    // Where there is an outcome the sender has passed, and knew the row.
    caller.due &= written.is_none();
    written
}
