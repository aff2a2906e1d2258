//! What a stream hears of a manager's rows.

use std::sync::Arc;
use std::time::Duration;

use crate::change::{Change, Inbox, Subscription};
#[cfg(feature = "client")]
use crate::client::SubscriptionMonitor;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;

/// The changes of a manager's rows, for one reader, and how it stands with the subscription that tells them. Ends with
/// the value.
pub(crate) struct Hearing {
    inbox: Arc<Inbox>,
    _subscription: Subscription,
    #[cfg(feature = "client")]
    link: Option<SubscriptionMonitor>,
}

/// What was heard.
pub(crate) enum Heard {
    /// A change, or a refresh for several.
    Change(Change),
    /// The owner refused to tell what changes; it is asked again later.
    #[cfg(feature = "client")]
    Refused(Error),
    /// The subscription is in another state.
    #[cfg(feature = "client")]
    Moved,
}

impl Hearing {
    /// Everything that is told from now on. `capacity`: how many changes wait before they are folded into a refresh.
    pub(crate) fn new<M: Manager>(gm: &Gm, capacity: usize) -> Result<Self, Error> {
        let managed = gm.managed::<M>()?;
        let inbox = Arc::new(Inbox::new(capacity));
        let subscriber = Arc::clone(&inbox);
        Ok(Self {
            inbox,
            _subscription: managed.topic().subscribe(subscriber),
            #[cfg(feature = "client")]
            link: match (managed.cache(), M::DESCRIPTION.remote()) {
                (Some(cache), Some(remote)) => Some(SubscriptionMonitor::new(
                    cache,
                    gm.client().websocket_url(remote)?,
                )),
                _ => None,
            },
        })
    }

    /// Waits for what is heard next; `None` when the handle was closed and everything before that was heard. Dropping
    /// the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        #[cfg(feature = "client")]
        if let Some(link) = &mut self.link {
            return tokio::select! {
                biased;
                change = self.inbox.next() => change.map(Heard::Change),
                refused = link.changed() => Some(refused.map_or(Heard::Moved, Heard::Refused)),
            };
        }
        self.inbox.next().await.map(Heard::Change)
    }

    /// Forgets what was told so far: for a reader that is about to read anew.
    pub(crate) fn forget(&self) {
        self.inbox.clear();
    }

    /// For how long at most what was read stands while nothing is heard; absent where every change is told.
    pub(crate) fn patience(&self) -> Option<Duration> {
        #[cfg(feature = "client")]
        return self.link.as_ref().and_then(SubscriptionMonitor::max_age);
        #[cfg(not(feature = "client"))]
        None
    }
}
