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

    /// Changes the state, and notifies the subscribers if the delivery is different. This happens under the lock, so
    /// that subscribers see all deliveries in order.
    fn update(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.delivery();
        change(self);
        let delivery = self.delivery();
        if delivery == before {
            return;
        }
        for subscriber in self.subscribers.iter().filter_map(Weak::upgrade) {
            subscriber.delivery_changed(delivery);
        }
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
        // Without the lock, so that a subscriber may subscribe and unsubscribe.
        let subscribers = self.state().subscribers.clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            // A panic of the application's closure must not affect other subscribers, nor the write.
            if catch_unwind(AssertUnwindSafe(|| subscriber.notify(change))).is_err() {
                tracing::error!("a subscriber of the changes panicked");
            }
        }
    }

    /// Notifies the subscribers that no more changes follow.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        for subscriber in state.subscribers.iter().filter_map(Weak::upgrade) {
            subscriber.ended();
        }
    }

    /// Sets which changes reach the subscribers.
    pub(crate) fn set_delivery(&self, delivery: Delivery) {
        self.state().update(|state| state.delivery = delivery);
    }

    /// Suspends or resumes the events of subscribers that relay changes. Returns whether this made a difference.
    pub(crate) fn set_suspended(&self, suspended: bool) -> bool {
        let mut state = self.state();
        let is_different = state.suspended != suspended;
        state.update(|state| state.suspended = suspended);
        is_different
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
