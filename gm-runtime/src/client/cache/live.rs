//! A live subscription, and its effect on the cache.

use std::sync::Arc;
use std::time::Duration;

use super::Reads;

/// A subscription that is live: from the owner's acceptance until this is dropped with the connection.
pub(crate) struct Live<V: Clone + Send + Sync + 'static, E: Clone> {
    reads: Arc<Reads<V, E>>,
    number: u64,
}

impl<V, E> Live<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// The owner accepted the subscription, so the consumer receives each change from now on. Answers are served for `max_age` at
    /// most. `None` if the credentials stand for another identity than the subscription.
    pub(crate) fn begin(
        reads: &Arc<Reads<V, E>>,
        connecting_began: Duration,
        max_age: Option<Duration>,
        identity: u64,
    ) -> Option<Self> {
        let mut source = reads.source.lock();
        if guard!(
            "a subscription of the same identity",
            source.identity != identity,
            false
        ) {
            return None;
        }
        source.number = source.number.wrapping_add(1);
        // An earlier subscription may still be open with an expired lease. Its answers must not be served under the lease of
        // this one, so all answers are invalid until the new lease is set.
        guard!("close before renewing", reads.validity.close(), ());
        reads.lease.limit_age(max_age);
        reads.lease.renew(connecting_began);
        reads.validity.open();
        Some(Self {
            number: source.number,
            reads: Arc::clone(reads),
        })
    }

    /// The owner answered a ping that was sent at this time.
    pub(crate) fn ping_answered(&self, sent: Duration) {
        let source = self.reads.source.lock();
        if source.number == self.number {
            self.reads.lease.renew(sent);
        }
    }
}

impl<V: Clone + Send + Sync + 'static, E: Clone> Drop for Live<V, E> {
    fn drop(&mut self) {
        let source = self.reads.source.lock();
        if source.number == self.number {
            // The order matters: see `Reads::is_valid`.
            self.reads.validity.close();
            self.reads.lease.release();
        }
    }
}
