//! The subscription as a stream sees it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::client::cache::ResourceCache;
use crate::client::{Disconnect, SubscriptionState};
use crate::error::{Error, SubscriptionError};

/// An owner that promises nothing is not asked more often than this.
const SHORTEST: Duration = Duration::from_secs(1);

/// How it stands with the subscription to another service's rows.
pub(crate) struct SubscriptionMonitor {
    url: Arc<str>,
    cache: Arc<ResourceCache>,
    state: watch::Receiver<SubscriptionState>,
}

impl SubscriptionMonitor {
    pub(crate) fn new(cache: &Arc<ResourceCache>, url: Arc<str>) -> Self {
        let mut state = cache.subscription();
        // The state that is there already is one to be told of.
        state.mark_changed();
        Self {
            url,
            cache: Arc::clone(cache),
            state,
        }
    }

    /// Waits for another state, and gives the error that it is, if it is one.
    pub(crate) async fn changed(&mut self) -> Option<Error> {
        if self.state.changed().await.is_err() {
            // The cache holds the sender, and this the cache.
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

    /// For how long at most what was read stands while nothing is heard: as the cache has it, and while not live as
    /// with an owner that promises nothing.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        let guaranteed = matches!(*self.state.borrow(), SubscriptionState::Live { guaranteed: true });
        self.cache.max_age(guaranteed).map(|age| age.max(SHORTEST))
    }
}
