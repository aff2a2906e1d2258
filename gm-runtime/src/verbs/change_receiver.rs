//! Receives a manager's changes for a stream.

use std::sync::Arc;
use std::time::Duration;

use crate::change::{Change, Inbox, Subscription, Waiting};
#[cfg(feature = "client")]
use crate::client::SubscriptionMonitor;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;

/// Receives the changes of a manager's rows and the states of its subscription, for one stream. Dropping it unsubscribes.
pub(crate) struct ChangeReceiver {
    inbox: Arc<Inbox>,
    _subscription: Subscription,
    #[cfg(feature = "client")]
    monitor: Option<SubscriptionMonitor>,
}

/// What a stream can receive.
pub(crate) enum Received {
    Change(Change),
    /// So many changes, which became one.
    Folded(u64),
    /// The owner refused the subscription, which is retried later.
    #[cfg(feature = "client")]
    Refused(Error),
    /// The subscription has another state.
    #[cfg(feature = "client")]
    StateChanged,
}

impl From<Waiting> for Received {
    fn from(waiting: Waiting) -> Self {
        match waiting {
            Waiting::Change(change) => Self::Change(change),
            Waiting::Folded(changes) => Self::Folded(changes),
        }
    }
}

impl ChangeReceiver {
    /// Receives all changes from now on. `capacity`: how many changes wait before they become one refresh.
    pub(crate) fn new<M: Manager>(gm: &Gm, capacity: usize) -> Result<Self, Error> {
        let managed = gm.managed::<M>()?;
        let inbox = Arc::new(Inbox::new(capacity));
        let subscriber = Arc::clone(&inbox);
        Ok(Self {
            inbox,
            _subscription: managed.topic().subscribe(subscriber),
            #[cfg(feature = "client")]
            monitor: match (managed.cache(), M::DESCRIPTION.remote()) {
                (Some(cache), Some(remote)) => Some(SubscriptionMonitor::new(
                    cache,
                    gm.client().websocket_url(remote)?,
                )),
                _ => None,
            },
        })
    }

    /// Waits for the next change or state. `None` when the handle was closed and all changes before were received. Dropping the
    /// future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Received> {
        #[cfg(feature = "client")]
        if let Some(monitor) = &mut self.monitor {
            return tokio::select! {
                biased;
                waiting = self.inbox.next() => waiting.map(Received::from),
                refused = monitor.changed() => Some(refused.map_or(Received::StateChanged, Received::Refused)),
            };
        }
        self.inbox.next().await.map(Received::from)
    }

    /// Discards the waiting changes, for a reader that reads the rows anyway.
    pub(crate) fn clear(&self) {
        self.inbox.clear();
    }

    /// How long a result may be shown without an event. `None` if each change is guaranteed to arrive as an event.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        #[cfg(feature = "client")]
        return self.monitor.as_ref().and_then(SubscriptionMonitor::max_age);
        #[cfg(not(feature = "client"))]
        None
    }
}
