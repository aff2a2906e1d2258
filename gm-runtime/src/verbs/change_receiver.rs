//! Receives a manager's changes for a stream.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_timer::Delay;

use crate::access::Managed;
use crate::change::{Change, ChangeQueue, Queued, Subscription};
use crate::error::Error;
use crate::features::client::SubscriptionMonitor;
use crate::gm::Gm;
use crate::manager::{Manager, Operation};
use crate::principal::Principal;
use crate::trace::TraceContext;

/// Receives the changes of a manager's rows and the states of its subscription, for one stream. Dropping it unsubscribes.
pub(crate) struct ChangeReceiver {
    queue: Arc<ChangeQueue>,
    subscriptions: Vec<Subscription>,
    /// The subscriptions of the managers that the query looks through.
    others: Vec<SubscriptionMonitor>,
    monitor: Option<SubscriptionMonitor>,
    manager: &'static str,
    /// When the credential of the handle's caller ends.
    ends_at: Option<SystemTime>,
}

/// The longest sleep until the end of a credential. A timer stops while a machine is suspended, and the system's clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// What a stream can receive.
pub(crate) enum Received {
    Change(Change),
    /// The number of changes that were coalesced into one.
    Coalesced(u64),
    /// The owner refused the subscription, which is retried later.
    Refused(Error),
    /// The subscription has another state.
    StateChanged,
    /// The credential of the caller has ended or was revoked, and so does the stream.
    Ended(Error),
}

impl ChangeReceiver {
    /// Receives all changes from now on that the handle's caller may learn of. `capacity`: how many changes wait before they become one refresh.
    pub(crate) fn new<M: Manager>(gm: &Gm, capacity: usize) -> Result<Self, Error> {
        gm.require_events_of(M::DESCRIPTION)?;
        let managed = gm.managed::<M>()?;
        let queue = Arc::new(ChangeQueue::new(capacity));
        let subscriber = Arc::clone(&queue);
        Ok(Self {
            queue,
            manager: M::DESCRIPTION.name(),
            ends_at: gm.principal().and_then(Principal::ends_at),
            subscriptions: vec![managed.subscribe(subscriber, gm.principal())],
            others: Vec::new(),
            monitor: monitor(gm, managed)?,
        })
    }

    /// Receives the changes of the managers that a query looks through, too.
    pub(crate) fn through(mut self, managers: &[Arc<Managed>], gm: &Gm) -> Result<Self, Error> {
        for other in managers {
            let subscriber = Arc::clone(&self.queue);
            self.subscriptions
                .push(other.subscribe(subscriber, gm.principal()));
            self.others.extend(monitor(gm, other)?);
        }
        Ok(self)
    }

    /// Waits for the next change or state. `None` when the handle was closed and all changes before were received. Dropping the
    /// future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Received> {
        if let Some(error) = self.ended() {
            return Some(Received::Ended(error));
        }
        let Some(end) = self.ends_at else {
            return self.receive().await;
        };
        tokio::select! {
            biased;
            () = passed(end) => self.ended().map(Received::Ended),
            received = self.receive() => received,
        }
    }

    /// The error of a stream whose caller has a credential that has ended or was revoked.
    pub(crate) fn ended(&self) -> Option<Error> {
        let has_ended = self.ends_at.is_some_and(|end| end <= SystemTime::now());
        (has_ended || self.queue.has_credential_ended()).then(|| self.credential_ended())
    }

    fn credential_ended(&self) -> Error {
        Error::PermissionDenied {
            manager: self.manager,
            operation: Operation::Detail,
        }
    }

    fn received(&self, queued: Queued) -> Received {
        match queued {
            Queued::Change(change) => Received::Change(change),
            Queued::Coalesced(changes) => Received::Coalesced(changes),
            Queued::CredentialEnded => Received::Ended(self.credential_ended()),
        }
    }

    async fn receive(&mut self) -> Option<Received> {
        let queued = match &mut self.monitor {
            None => self.queue.next().await,
            Some(monitor) => tokio::select! {
                biased;
                queued = self.queue.next() => queued,
                refused = monitor.changed() => {
                    return Some(refused.map_or(Received::StateChanged, Received::Refused));
                }
            },
        };
        queued.map(|queued| self.received(queued))
    }

    /// The trace of the last change since the last call that had one.
    pub(crate) fn take_trace(&self) -> Option<TraceContext> {
        self.queue.take_trace()
    }

    /// Discards the waiting changes, for a reader that reads the rows anyway.
    pub(crate) fn clear(&self) {
        self.queue.clear();
    }

    /// How long a result may be shown without an event. `None` if each change is guaranteed to arrive as an event.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        let monitors = self.monitor.iter().chain(&self.others);
        monitors.filter_map(SubscriptionMonitor::max_age).min()
    }
}

/// The state of the subscription, for rows of another service.
fn monitor(gm: &Gm, managed: &Managed) -> Result<Option<SubscriptionMonitor>, Error> {
    let (Some(cache), Some(remote)) = (managed.cache(), managed.description().remote()) else {
        return Ok(None);
    };
    let url = gm.client().websocket_url(remote)?;
    Ok(Some(SubscriptionMonitor::new(cache, url)))
}

/// Waits until this time of the system's clock.
async fn passed(end: SystemTime) {
    while let Ok(left) = end.duration_since(SystemTime::now())
        && !left.is_zero()
    {
        Delay::new(left.min(LONGEST_SLEEP)).await;
    }
}
