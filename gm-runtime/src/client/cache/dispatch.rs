//! Applies a subscription's events and states to the cache of a manager.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::events::invalidate_then_notify;
use super::sync::lock;
use super::{CachedAnswer, Live, ResourceCache};
use crate::change::{Action, Change};
use crate::client::SubscriptionState;
use crate::error::Error;
use crate::json::View;
use crate::protocol::event::InvalidationEvent;
use crate::protocol::values;

impl ResourceCache {
    /// The owner accepted the subscription of this identity, which is live until the result is dropped. `guaranteed`: the owner
    /// speaks `gm-events-1`. `None` if the credentials of the requests stand for another identity by now.
    pub(crate) fn live(
        self: &Arc<Self>,
        connecting_began: Duration,
        guaranteed: bool,
        identity: u64,
    ) -> Option<LiveSubscription> {
        let max_age = self.max_age(guaranteed);
        let live = Live::begin(&self.reads, connecting_began, max_age, identity)?;
        self.reads.counters.opened.add();
        self.count_sockets(guaranteed, |sockets| sockets.saturating_add(1));
        // One refresh stands for all changes before.
        self.topic.publish(&Change::refresh());
        Some(LiveSubscription {
            cache: Arc::clone(self),
            live: Some(live),
            guaranteed,
        })
    }

    /// The greatest age of an answer. `guaranteed`: the owner guarantees that each change arrives as an event.
    pub(crate) fn max_age(&self, guaranteed: bool) -> Option<Duration> {
        let best_effort = (!guaranteed).then_some(self.best_effort_time_to_live);
        [self.time_to_live, best_effort].into_iter().flatten().min()
    }

    fn count_sockets(&self, guaranteed: bool, count: impl FnOnce(usize) -> usize) {
        let mut sockets = lock(&self.sockets);
        let counted = if guaranteed {
            &mut sockets.guaranteed
        } else {
            &mut sockets.best_effort
        };
        *counted = count(*counted);
        self.topic.set_delivery(sockets.delivery());
    }

    /// Whether the event is about this resource, in the manager's protocol version.
    pub(crate) fn is_target_of(&self, event: &InvalidationEvent) -> bool {
        event.protocol_version() == self.protocol_version
            && event.base_path() == self.base_path
            && event.resource() == self.resource_name
    }

    /// Applies an event. An event whose row id is missing or of another type is a refresh.
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

    /// Invalidates all answers: any row may have changed.
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

    /// The event that an owner sends for [`refresh`](Self::refresh).
    pub(crate) fn refresh_event(&self) -> InvalidationEvent {
        InvalidationEvent::new(
            self.protocol_version,
            self.base_path,
            self.resource_name,
            Action::Refresh,
            None,
        )
    }

    /// Applies an event to the caches of all structs of the resource.
    #[inline]
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

    /// The caches of all structs of the resource, including this one.
    pub(crate) fn siblings(&self) -> Vec<Arc<Self>> {
        self.resource.members()
    }

    /// Whether both are of the same resource.
    pub(crate) fn is_sibling_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.resource, &other.resource)
    }

    /// The state of the subscription.
    pub(crate) fn subscription(&self) -> watch::Receiver<SubscriptionState> {
        self.subscription.subscribe()
    }

    /// Sets the state of the subscription with this number. A subscription that is still closing does not overwrite the state of its
    /// successor.
    pub(crate) fn set_subscription(&self, number: u64, state: SubscriptionState) {
        let mut last = lock(&self.last_subscription);
        if number >= *last {
            *last = number;
            self.subscription.send_replace(state);
        }
    }
}

/// A live subscription of a manager. Dropping it ends the live state.
pub(crate) struct LiveSubscription {
    cache: Arc<ResourceCache>,
    /// `None` during the drop.
    live: Option<Live<CachedAnswer, Error>>,
    guaranteed: bool,
}

impl Drop for LiveSubscription {
    fn drop(&mut self) {
        // The cache stops serving before the topic is notified: the notification closes a gateway's subscribers, which then read.
        self.live = None;
        self.cache
            .count_sockets(self.guaranteed, |sockets| sockets.saturating_sub(1));
    }
}

impl LiveSubscription {
    /// The cache that the subscription invalidates.
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

    /// A subscription that closes may wait for its close frame to be sent.
    #[test]
    fn a_closing_subscription_does_not_overwrite_the_state_of_its_successor() {
        let caches = Caches::new(CacheSettings::default()).unwrap();
        let remote = Remote::new("http://owner.test", "/gm", "things");
        let cache = caches.cache(&THINGS, &remote, "http://owner.test", &());
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
