//! Observes a subscription for a stream of changes or a live query.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::client::cache::ResourceCache;
use crate::client::{Disconnect, SubscriptionState};
use crate::error::{Error, SubscriptionError};

/// The least interval at which a live query is read again without an event.
const MIN_AGE: Duration = Duration::from_secs(1);

/// Observes the subscription of a manager.
pub(crate) struct SubscriptionMonitor {
    url: Arc<str>,
    cache: Arc<ResourceCache>,
    state: watch::Receiver<SubscriptionState>,
}

impl SubscriptionMonitor {
    pub(crate) fn new(cache: &Arc<ResourceCache>, url: Arc<str>) -> Self {
        let mut state = cache.subscription();
        // The present state counts as a change.
        state.mark_changed();
        Self {
            url,
            cache: Arc::clone(cache),
            state,
        }
    }

    /// Waits for the next state. Returns an error if the owner refused the subscription.
    pub(crate) async fn changed(&mut self) -> Option<Error> {
        if self.state.changed().await.is_err() {
            // Does not happen: the cache owns the sender.
            std::future::pending::<()>().await;
        }
        match &*self.state.borrow_and_update() {
            SubscriptionState::Waiting {
                reason: Disconnect::Refused(refusal),
            } => {
                let url = Arc::clone(&self.url);
                Some(Error::Subscription(Arc::new(SubscriptionError::new(
                    url, *refusal,
                ))))
            }
            _ => None,
        }
    }

    /// How long a result may be shown without an event: the greatest age of a cached answer. While the subscription is not live, the
    /// limit is that of an owner without guaranteed events.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        let guaranteed = matches!(*self.state.borrow(), SubscriptionState::Live { guaranteed: true });
        self.cache.max_age(guaranteed).map(|age| age.max(MIN_AGE))
    }
}
