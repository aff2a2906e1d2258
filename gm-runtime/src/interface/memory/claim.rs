//! The claim of a transaction on tables in memory.

use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::interface::InFlight;
use crate::time_limit::{Alarm, wake_at};

/// The claim of one transaction. Writes outside of it wait for its end before they change a claimed table.
///
/// The claim ends with the transaction, or at its time limit. A transaction whose claim has ended can't be committed.
pub(super) struct Claim {
    state: AtomicU8,
    ended: Notify,
    /// The transaction as a write of the handle, until the claim ends.
    in_flight: Mutex<Option<InFlight>>,
}

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const ENDED: u8 = 2;

impl Claim {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: AtomicU8::new(OPEN),
            ended: Notify::new(),
            in_flight: Mutex::default(),
        })
    }

    /// Begins the transaction, which is a write of the handle. The claim ends by itself at the time limit, until the alarm is dropped.
    /// `None` for a limit beyond the range of the clock.
    pub(super) fn begin(self: &Arc<Self>, limit: Duration, in_flight: InFlight) -> Option<Alarm> {
        self.hold(Some(in_flight));
        let deadline = Instant::now().checked_add(limit)?;
        Some(wake_at(deadline, &Waker::from(Arc::clone(self))))
    }

    fn hold(&self, in_flight: Option<InFlight>) {
        let before = {
            let mut held = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *held, in_flight)
        };
        // Outside of the lock, since it wakes a handle that is being closed.
        drop(before);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.load(Ordering::SeqCst) == ENDED
    }

    /// Begins the commit, unless the claim has ended. It can't end by its time limit from then on.
    pub(super) fn begin_commit(&self) -> bool {
        let begun = self
            .state
            .compare_exchange(OPEN, COMMITTING, Ordering::SeqCst, Ordering::SeqCst);
        begun.is_ok()
    }

    pub(super) fn end(&self) {
        self.state.store(ENDED, Ordering::SeqCst);
        self.ended.notify_waiters();
        self.hold(None);
    }

    /// Waits for the end.
    pub(super) async fn ended(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Before the state is read, so that an end in between is not missed.
            ended.as_mut().enable();
            if self.has_ended() {
                return;
            }
            ended.await;
        }
    }
}

/// The time limit is over.
impl Wake for Claim {
    fn wake(self: Arc<Self>) {
        let expired = self
            .state
            .compare_exchange(OPEN, ENDED, Ordering::SeqCst, Ordering::SeqCst);
        if expired.is_ok() {
            self.end();
        }
    }
}
