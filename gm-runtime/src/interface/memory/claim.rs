//! The claim of a transaction on tables in memory.

use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::time_limit::with_time_limit;

/// The claim of one transaction. Writes outside of it wait for its end before they change a claimed table.
///
/// The claim ends with the transaction, or at its time limit if another write waits. A transaction whose claim has ended can't
/// be committed.
pub(super) struct Claim {
    state: AtomicU8,
    ended: Notify,
    /// `None` for a limit beyond the range of the clock.
    deadline: Option<Instant>,
}

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const ENDED: u8 = 2;

impl Claim {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            state: AtomicU8::new(OPEN),
            ended: Notify::new(),
            deadline: Instant::now().checked_add(limit),
        }
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
    }

    /// Waits for the end. At the time limit the waiting caller ends the claim.
    pub(super) async fn ended(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Before the state is read, so that an end in between is not missed.
            ended.as_mut().enable();
            if self.has_ended() {
                return;
            }
            let Some(deadline) = self.deadline else {
                ended.await;
                continue;
            };
            let wait = deadline.saturating_duration_since(Instant::now());
            if with_time_limit(wait, ended).await.is_none() {
                let expired = self
                    .state
                    .compare_exchange(OPEN, ENDED, Ordering::SeqCst, Ordering::SeqCst);
                if expired.is_ok() {
                    self.ended.notify_waiters();
                }
                if expired != Err(COMMITTING) {
                    return;
                }
            }
        }
    }
}
