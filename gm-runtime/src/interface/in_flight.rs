//! The counter of writes in flight. A handle that is closed waits for them and begins no others.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::error::Error;

/// The counter of a handle's writes in flight, of all managers.
///
/// A handle is open, then perhaps stopping, and then closed. Writes are counted by the phase in which they began. The
/// server, when it stops, waits for the writes that began before, while others may still begin.
///
/// # Memory ordering
/// A write increments the count and then reads the phase. The end of a phase sets the next phase and then reads the count.
/// With `SeqCst`, one of the two sees the other. Likewise a write that ends decrements the count and then reads the phase.
#[derive(Default)]
pub(crate) struct Writes {
    phase: AtomicUsize,
    /// The writes in flight that began while the handle was open, and those that began while it was stopping.
    counts: [AtomicUsize; CLOSED],
    ended: Notify,
}

const STOPPING: usize = 1;
const CLOSED: usize = 2;

/// A write in flight, until this is dropped. The code that carries out the write holds it, even when the caller is
/// cancelled.
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

    /// Begins the phase "stopping": [`begun_before_stop`](Self::begun_before_stop) waits for the writes before it.
    pub(crate) fn stop(&self) {
        self.phase.fetch_max(STOPPING, Ordering::SeqCst);
    }

    /// Whether the handle is stopping or closed.
    pub(crate) fn is_stopping(&self) -> bool {
        self.phase.load(Ordering::SeqCst) >= STOPPING
    }

    /// Refuses every write from now on.
    pub(crate) fn close(&self) {
        self.phase.fetch_max(CLOSED, Ordering::SeqCst);
    }

    /// Ready when every write that began while the handle was open has ended.
    pub(crate) async fn begun_before_stop(&self) {
        self.none_before(STOPPING).await;
    }

    /// Ready when no write is in flight.
    pub(crate) async fn ended(&self) {
        self.none_before(CLOSED).await;
    }

    /// The number of writes in flight.
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
            // Before the count is read, so that an end in between is not missed.
            ended.as_mut().enable();
            if self.count_before(phase) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl InFlight {
    /// The same write, held once more.
    pub(crate) fn share(&self) -> Self {
        if let Some(count) = self.writes.counts.get(self.phase) {
            count.fetch_add(1, Ordering::SeqCst);
        }
        Self {
            writes: Arc::clone(&self.writes),
            phase: self.phase,
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Some(count) = self.writes.counts.get(self.phase) else {
            return;
        };
        let last = count.fetch_sub(1, Ordering::SeqCst) == 1;
        // No caller waits while the handle is open.
        if last && self.writes.phase.load(Ordering::SeqCst) > 0 {
            self.writes.ended.notify_waiters();
        }
    }
}
