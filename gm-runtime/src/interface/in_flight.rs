//! The writes that are in flight, so that a handle that is closed waits for them and takes no others.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::error::Error;

/// The writes of a handle that are in flight, of every manager, wherever its rows are.
///
/// A handle is open, then perhaps stopping, and then closed. Writes are counted by the phase in which they began: who stops
/// waits for those that began before, although others go on to begin.
///
/// # Memory ordering
/// A write counts itself and then looks at the phase; who ends a phase sets the next one and then looks at the count. With
/// `SeqCst` one of the two sees the other. Likewise a write that ends counts itself out and then looks at the phase.
#[derive(Default)]
pub(crate) struct Writes {
    phase: AtomicUsize,
    /// How many are in flight that began while the handle was open, and while it was stopping.
    counts: [AtomicUsize; CLOSED],
    ended: Notify,
}

#[cfg(feature = "server")]
const STOPPING: usize = 1;
const CLOSED: usize = 2;

/// A write in flight, until it is dropped. Whatever carries out the write holds it, also when the caller has left.
pub(crate) struct InFlight {
    writes: Arc<Writes>,
    phase: usize,
}

impl Writes {
    /// Begins a write.
    ///
    /// # Errors
    /// [`Error::Unavailable`] once the handle is closed.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<InFlight, Error> {
        loop {
            let phase = self.phase.load(Ordering::SeqCst);
            let Some(count) = self.counts.get(phase) else {
                return Err(Error::Unavailable(
                    "the handle was closed, and takes no more writes",
                ));
            };
            count.fetch_add(1, Ordering::SeqCst);
            let begun = InFlight {
                writes: Arc::clone(self),
                phase,
            };
            if self.phase.load(Ordering::SeqCst) == phase {
                return Ok(begun);
            }
        }
    }

    /// Writes that begin from now on are not waited for by [`begun_before_stop`](Self::begun_before_stop).
    #[cfg(feature = "server")]
    pub(crate) fn stop(&self) {
        self.phase.fetch_max(STOPPING, Ordering::SeqCst);
    }

    /// No write begins any more.
    pub(crate) fn close(&self) {
        self.phase.fetch_max(CLOSED, Ordering::SeqCst);
    }

    /// Ready when every write that began while the handle was open has ended.
    #[cfg(feature = "server")]
    pub(crate) async fn begun_before_stop(&self) {
        self.none_before(STOPPING).await;
    }

    /// Ready when no write is in flight.
    pub(crate) async fn ended(&self) {
        self.none_before(CLOSED).await;
    }

    /// How many writes are in flight.
    #[cfg(feature = "server")]
    pub(crate) fn count(&self) -> usize {
        self.count_before(CLOSED)
    }

    fn count_before(&self, phase: usize) -> usize {
        let counts = self.counts.iter().take(phase);
        counts
            .map(|count| count.load(Ordering::SeqCst))
            .fold(0, usize::saturating_add)
    }

    async fn none_before(&self, phase: usize) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Before the look at the count, so that an end in between is not missed.
            ended.as_mut().enable();
            if self.count_before(phase) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Some(count) = self.writes.counts.get(self.phase) else {
            return;
        };
        let last = count.fetch_sub(1, Ordering::SeqCst) == 1;
        // While the handle is open nobody waits.
        if last && self.writes.phase.load(Ordering::SeqCst) > 0 {
            self.writes.ended.notify_waiters();
        }
    }
}
