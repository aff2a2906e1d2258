//! The changes of one manager's rows, and their subscribers in this process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Change;

/// A subscriber of changes. The committing thread calls it, so it must not block.
pub(crate) trait Subscriber: Send + Sync {
    /// A change was committed.
    fn notify(&self, change: &Change);

    /// The delivery is different from now on. A subscriber that relays changes must not guarantee more to its own
    /// subscribers.
    fn delivery_changed(&self, _delivery: Delivery) {}

    /// The rows that callers may read may be different from now on.
    fn grants_changed(&self) {}

    /// Changes may have been missed. For a subscriber that judges changes by the grants of a caller, so may a change of these.
    fn changes_missed(&self) {
        self.notify(&Change::refresh());
    }

    /// What the caller with this name was granted is revoked. It concerns a subscriber that acts as this caller.
    fn revoked(&self, _name: &str) {}

    /// No more changes follow, since the credential of the subscriber's caller was revoked.
    fn credential_ended(&self) {}

    /// No more changes follow, since the handle was closed.
    fn ended(&self) {}
}

/// Which changes reach the subscribers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Delivery {
    /// No changes. There is no subscription to the owner of the rows, the rows are lost, or the application suspended
    /// the events.
    None,
    /// The changes that an owner sends without a guarantee to send all of them.
    BestEffort,
    /// Every change.
    #[default]
    Guaranteed,
}

impl Delivery {
    /// Whether any changes are sent.
    pub(crate) fn sends_events(self) -> bool {
        self != Self::None
    }
}

/// The changes of one manager's rows, and their subscribers.
///
/// Committing code publishes each change. A subscriber is notified of every change that is published after
/// [`subscribe`](Topic::subscribe) returned.
#[derive(Default)]
pub(crate) struct Topic {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribers: Vec<Weak<dyn Subscriber>>,
    delivery: Delivery,
    /// Whether the application suspended the events.
    suspended: bool,
    ended: bool,
}

impl State {
    /// Which changes reach the subscribers at present.
    fn delivery(&self) -> Delivery {
        if self.suspended {
            Delivery::None
        } else {
            self.delivery
        }
    }

    fn subscribers(&self) -> Vec<Arc<dyn Subscriber>> {
        self.subscribers.iter().filter_map(Weak::upgrade).collect()
    }
}

/// A subscription to the changes of a manager, from [`Gm::on_change`](crate::Gm::on_change). It ends when this is
/// dropped.
#[must_use = "the subscription ends when this is dropped"]
pub struct Subscription {
    // The topic holds a weak reference only.
    _subscriber: Arc<dyn Subscriber>,
}

impl Topic {
    /// The topic of another service's rows. No changes are delivered until a subscription to that service is live.
    pub(crate) fn of_remote() -> Self {
        Self {
            state: Mutex::new(State {
                delivery: Delivery::None,
                ..State::default()
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Subscription {
        let mut state = self.state();
        state.subscribers.retain(|known| known.strong_count() > 0);
        state.subscribers.push(Arc::downgrade(&subscriber));
        subscriber.delivery_changed(state.delivery());
        if state.ended {
            subscriber.ended();
        }
        Subscription {
            _subscriber: subscriber,
        }
    }

    pub(crate) fn publish(&self, change: &Change) {
        self.for_each(|subscriber| subscriber.notify(change));
    }

    /// Notifies the subscribers that the rows which callers may read may be different from now on.
    pub(crate) fn grants_changed(&self) {
        self.for_each(|subscriber| subscriber.grants_changed());
    }

    /// Ends the subscribers that act as the caller with this name.
    pub(crate) fn revoke(&self, name: &str) {
        self.for_each(|subscriber| subscriber.revoked(name));
    }

    /// Notifies the subscribers that changes, and changes of grants, may have been missed.
    pub(crate) fn changes_missed(&self) {
        self.for_each(|subscriber| subscriber.changes_missed());
    }

    fn for_each(&self, notify: impl Fn(&dyn Subscriber)) {
        // Without the lock, so that a subscriber may subscribe and unsubscribe.
        let subscribers = self.state().subscribers.clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            // A panic of the application's closure must not affect other subscribers, nor the write.
            let call = || {
                notify(&*subscriber);
                // The last reference, if the subscription ended meanwhile: the closure is dropped here.
                drop(subscriber);
            };
            if catch_unwind(AssertUnwindSafe(call)).is_err() {
                tracing::error!("a subscriber of the changes panicked");
            }
        }
    }

    /// Changes the state, and notifies the subscribers if the delivery is different. This happens under the lock, so
    /// that subscribers see all deliveries in order. Returns whether the delivery or the suspension is different.
    fn update(&self, change: impl FnOnce(&mut State)) -> bool {
        // Dropped after the lock. A subscription may end meanwhile, so that its closure is dropped here, and a destructor
        // of the application may subscribe or publish.
        let subscribers;
        let mut state = self.state();
        let (delivery, suspended) = (state.delivery(), state.suspended);
        change(&mut state);
        let is_same_delivery = state.delivery() == delivery;
        if !is_same_delivery {
            subscribers = state.subscribers();
            for subscriber in &subscribers {
                subscriber.delivery_changed(state.delivery());
            }
        }
        !is_same_delivery || state.suspended != suspended
    }

    /// Notifies the subscribers that no more changes follow.
    pub(crate) fn end(&self) {
        // Dropped after the lock, as in `update`.
        let subscribers;
        let mut state = self.state();
        state.ended = true;
        subscribers = state.subscribers();
        for subscriber in &subscribers {
            subscriber.ended();
        }
    }

    /// Sets which changes reach the subscribers.
    pub(crate) fn set_delivery(&self, delivery: Delivery) {
        self.update(|state| state.delivery = delivery);
    }

    /// Whether the application suspended the events.
    pub(crate) fn is_suspended(&self) -> bool {
        self.state().suspended
    }

    /// Suspends or resumes the events of subscribers that relay changes. Returns whether this made a difference.
    pub(crate) fn set_suspended(&self, suspended: bool) -> bool {
        self.update(|state| state.suspended = suspended)
    }
}

/// A closure as a subscriber.
pub(crate) struct Hook<F>(pub(crate) F);

impl<F: Fn(&Change) + Send + Sync> Subscriber for Hook<F> {
    fn notify(&self, change: &Change) {
        (self.0)(change);
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

impl std::fmt::Debug for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Topic")
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::expect_used,
        clippy::panic,
        reason = "a test that meets what it did not expect should stop"
    )]

    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex, OnceLock};
    use std::time::Duration;

    use super::{Change, Delivery, Hook, Subscriber, Subscription, Topic};

    /// A subscriber whose subscription ends while it is notified, as by another thread, and whose destructor uses the topic.
    struct Leaving {
        subscription: OnceLock<Mutex<Option<Subscription>>>,
        topic: Arc<Topic>,
        dropped: Sender<()>,
        panics: bool,
    }

    impl Leaving {
        fn leave(&self) {
            if let Some(subscription) = self.subscription.get() {
                drop(subscription.lock().expect("no panic").take());
            }
        }
    }

    impl Subscriber for Leaving {
        fn notify(&self, _: &Change) {
            self.leave();
        }

        fn delivery_changed(&self, _: Delivery) {
            self.leave();
        }

        fn ended(&self) {
            self.leave();
        }
    }

    impl Drop for Leaving {
        fn drop(&mut self) {
            drop(self.topic.subscribe(Arc::new(Hook(|_: &Change| {}))));
            self.topic.publish(&Change::refresh());
            self.dropped.send(()).expect("the test waits");
            assert!(!self.panics, "the destructor panics");
        }
    }

    fn leaving(panics: bool) -> (Arc<Topic>, Receiver<()>) {
        let (topic, (dropped, is_dropped)) = (Arc::new(Topic::default()), channel());
        let subscriber = Arc::new(Leaving {
            subscription: OnceLock::new(),
            topic: Arc::clone(&topic),
            dropped,
            panics,
        });
        let subscription = topic.subscribe(Arc::clone(&subscriber) as _);
        let _ = subscriber.subscription.set(Mutex::new(Some(subscription)));
        (topic, is_dropped)
    }

    #[test]
    fn a_destructor_of_a_subscriber_may_use_the_topic() {
        let calls: [fn(&Topic); 4] = [
            |topic| topic.publish(&Change::refresh()),
            |topic| topic.set_delivery(Delivery::None),
            |topic| assert!(topic.set_suspended(true)),
            Topic::end,
        ];
        for call in calls {
            let (topic, is_dropped) = leaving(false);
            // On another thread, so that a deadlock fails the test.
            let (ended, has_ended) = channel();
            std::thread::spawn(move || {
                call(&topic);
                ended.send(()).expect("the test waits");
            });
            let limit = Duration::from_secs(30);
            is_dropped.recv_timeout(limit).expect("the destructor returns");
            has_ended.recv_timeout(limit).expect("the call returns");
        }
    }

    #[test]
    fn a_destructor_that_panics_does_not_affect_the_committing_thread() {
        let (topic, is_dropped) = leaving(true);
        topic.publish(&Change::refresh());
        is_dropped.try_recv().expect("dropped by this thread");
    }
}
