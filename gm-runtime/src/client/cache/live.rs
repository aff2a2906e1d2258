//! A subscription while it is live.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::Reads;
use super::sync::{Mutex, MutexGuard};

/// Which subscription of a resource counts: the one that became live last.
pub(crate) struct LatestSubscription {
    number: Mutex<u64>,
}

impl LatestSubscription {
    pub(crate) fn new() -> Self {
        Self {
            number: Mutex::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.number.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time for which a subscription is live: from the owner's acceptance until this is dropped, by whatever ends the
/// connection.
pub(crate) struct Live<V: Clone + Send + Sync + 'static, E: Clone> {
    reads: Arc<Reads<V, E>>,
    number: u64,
}

impl<V, E> Live<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// The owner accepted, so every change from now on will be heard of. Answers are served for `max_age` at most.
    pub(crate) fn begin(
        reads: &Arc<Reads<V, E>>,
        connecting_began: Duration,
        max_age: Option<Duration>,
    ) -> Self {
        let mut source = reads.source.lock();
        *source = source.wrapping_add(1);
        // Another subscription may still count as live although its lease has run out. What it kept must not be served
        // under the lease of this one, so the validity is closed until the lease is that of this one.
        guard!("close before renewing", reads.validity.close(), ());
        reads.lease.limit_age(max_age);
        reads.lease.renew(connecting_began);
        reads.validity.open();
        Self {
            number: *source,
            reads: Arc::clone(reads),
        }
    }

    /// The owner answered a ping that was sent at this time.
    pub(crate) fn ping_answered(&self, sent: Duration) {
        let source = self.reads.source.lock();
        if *source == self.number {
            self.reads.lease.renew(sent);
        }
    }
}

impl<V: Clone + Send + Sync + 'static, E: Clone> Drop for Live<V, E> {
    fn drop(&mut self) {
        let source = self.reads.source.lock();
        if *source == self.number {
            // In this order: see `Reads::is_valid`.
            self.reads.validity.close();
            self.reads.lease.lift();
        }
    }
}
