//! What a subscription tells the cache of a manager.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::caches::lock;
use super::events::invalidate_then_notify;
use super::{CachedAnswer, Live, ResourceCache};
use crate::change::{Action, Change, Coverage};
use crate::client::SubscriptionState;
use crate::error::Error;
use crate::json::View;
use crate::protocol::event::InvalidationEvent;
use crate::protocol::values;

impl ResourceCache {
    /// The owner accepted the subscription; `guaranteed`: it speaks `gm-events-1`. Live until this is dropped.
    pub(crate) fn live(self: &Arc<Self>, connecting_began: Duration, guaranteed: bool) -> LiveSubscription {
        let live = Live::begin(&self.reads, connecting_began, self.max_age(guaranteed));
        self.reads.counters.opened.add();
        self.count_sockets(guaranteed, |sockets| sockets.saturating_add(1));
        // Whatever happened before is told of as one change.
        self.topic.publish(&Change::refresh());
        LiveSubscription {
            cache: Arc::clone(self),
            live: Some(live),
            guaranteed,
        }
    }

    /// How old an answer may be; `guaranteed`: every change is told.
    pub(crate) fn max_age(&self, guaranteed: bool) -> Option<Duration> {
        let unpromised = (!guaranteed).then_some(self.best_effort_time_to_live);
        [self.time_to_live, unpromised].into_iter().flatten().min()
    }

    fn count_sockets(&self, guaranteed: bool, count: impl FnOnce(usize) -> usize) {
        let mut sockets = lock(&self.sockets);
        let counted = if guaranteed {
            &mut sockets.guaranteed
        } else {
            &mut sockets.unpromised
        };
        *counted = count(*counted);
        self.topic.cover(sockets.coverage());
    }

    /// Whether the event names this resource, in the version of the contract that the manager speaks.
    pub(crate) fn is_named_by(&self, event: &InvalidationEvent) -> bool {
        event.protocol_version() == self.protocol_version
            && event.base_path() == self.base_path
            && event.resource() == self.resource_name
    }

    /// The change that the event tells of; one whose row can't be told is of everything.
    pub(crate) fn apply(&self, event: &InvalidationEvent) {
        let id_type = self.description.id_field().value_type();
        let id = event
            .id()
            .and_then(View::of)
            .and_then(|id| values::read_view(id, id_type).ok());
        match id {
            Some(id) => self.publish(&Change::row(event.action(), id)),
            None => self.refresh(),
        }
    }

    /// Anything may have changed.
    pub(crate) fn refresh(&self) {
        self.publish(&Change::refresh());
    }

    /// A change that was made at the owner: serves nothing from before it, and notifies the subscribers.
    pub(crate) fn publish(&self, change: &Change) {
        match change.id() {
            Some(_) => self.reads.counters.events.add(),
            None => self.reads.counters.refreshes.add(),
        }
        self.change(change);
    }

    /// The event that an owner would send for [`refresh`](Self::refresh).
    pub(crate) fn refresh_event(&self) -> InvalidationEvent {
        InvalidationEvent::new(
            self.protocol_version,
            self.base_path,
            self.resource_name,
            Action::Refresh,
            None,
        )
    }

    /// The same for every struct of the resource.
    pub(crate) fn apply_everywhere(&self, event: &InvalidationEvent) {
        if self.resource.has_several() {
            for member in self.resource.members() {
                member.apply(event);
            }
        } else {
            self.apply(event);
        }
    }

    fn change(&self, change: &Change) {
        invalidate_then_notify(
            || self.invalidate_everywhere(change.id()),
            || self.topic.publish(change),
        );
    }

    /// The caches of all structs of the resource, this one's included.
    pub(crate) fn siblings(&self) -> Vec<Arc<Self>> {
        self.resource.members()
    }

    /// How the subscription is, for whoever waits for it.
    pub(crate) fn subscription(&self) -> watch::Receiver<SubscriptionState> {
        self.subscription.subscribe()
    }

    /// Says how the subscription of this number is. One that is ending says nothing any more, once another one has begun.
    pub(crate) fn set_subscription(&self, number: u64, state: SubscriptionState) {
        let mut last = lock(&self.last_subscription);
        if number >= *last {
            *last = number;
            self.subscription.send_replace(state);
        }
    }
}

/// How many websockets are open that tell of a resource.
#[derive(Default)]
pub(super) struct Sockets {
    guaranteed: usize,
    unpromised: usize,
}

impl Sockets {
    fn coverage(&self) -> Coverage {
        match (self.guaranteed, self.unpromised) {
            (0, 0) => Coverage::Nothing,
            (0, _) => Coverage::Unpromised,
            _ => Coverage::Everything,
        }
    }
}

/// The time for which a manager's subscription is live.
pub(crate) struct LiveSubscription {
    cache: Arc<ResourceCache>,
    /// Absent once this is being dropped.
    live: Option<Live<CachedAnswer, Error>>,
    guaranteed: bool,
}

impl Drop for LiveSubscription {
    fn drop(&mut self) {
        // Nothing is served any more before anybody is told: a gateway's subscribers are closed by this, and ask it.
        self.live = None;
        self.cache
            .count_sockets(self.guaranteed, |sockets| sockets.saturating_sub(1));
    }
}

impl LiveSubscription {
    /// The cache that is kept true.
    pub(crate) fn cache(&self) -> &Arc<ResourceCache> {
        &self.cache
    }

    /// The owner answered a ping that was sent at this time.
    pub(crate) fn ping_answered(&self, sent: Duration) {
        if let Some(live) = &self.live {
            live.ping_answered(sent);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use crate::client::SubscriptionState;
    use crate::client::cache::{CacheSettings, Caches};
    use crate::manager::{Description, FieldDescription, Remote};

    static FIELDS: [FieldDescription; 1] = [FieldDescription::new::<i64>("id")];
    static THINGS: Description = Description::new::<i64>("Thing", &FIELDS, 0);

    /// The one that ends sends its goodbye, which may take a while.
    #[test]
    fn a_subscription_that_is_ending_says_nothing_once_another_one_has_begun() {
        let caches = Caches::new(CacheSettings::default()).unwrap();
        let remote = Remote::new("http://owner.test", "/gm", "things");
        let cache = caches.cache(&THINGS, &remote, "http://owner.test", None);
        let live = SubscriptionState::Live { guaranteed: true };
        cache.set_subscription(1, live.clone());
        cache.set_subscription(2, SubscriptionState::Connecting);
        cache.set_subscription(2, live.clone());
        cache.set_subscription(1, SubscriptionState::Closed);
        assert_eq!(*cache.subscription().borrow(), live);
        cache.set_subscription(2, SubscriptionState::Closed);
        assert_eq!(*cache.subscription().borrow(), SubscriptionState::Closed);
    }
}
