//! The in-process bus: one topic for each manager.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Change;

/// Someone who is told of changes. Called by the thread that committed, so it must neither block nor fail.
pub(crate) trait Subscriber: Send + Sync {
    /// A change was committed.
    fn notify(&self, change: &Change);

    /// This much is told from now on: who relays changes must not promise more to those who rely on them.
    fn delivery_changed(&self, _coverage: Delivery) {}

    /// Nothing is told any more: the handle was closed.
    fn ended(&self) {}
}

/// How much of what changes is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Delivery {
    /// No change: there is no subscription to the service that has the rows, they are lost, or the application has suspended
    /// the events.
    None,
    /// The changes that an owner tells without a promise to tell them all.
    BestEffort,
    /// Every change.
    #[default]
    Guaranteed,
}

impl Delivery {
    /// Whether any change is told.
    pub(crate) fn sends_events(self) -> bool {
        self != Self::None
    }
}

/// The changes of one manager's rows. Whoever commits publishes; a subscriber is told of every change that is
/// published after [`subscribe`](Topic::subscribe) returned.
#[derive(Default)]
pub(crate) struct Topic {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribers: Vec<Weak<dyn Subscriber>>,
    delivery: Delivery,
    /// The application has suspended the events, whatever the delivery is.
    suspended: bool,
    ended: bool,
}

impl State {
    /// How much of what changes reaches the subscribers.
    fn delivery(&self) -> Delivery {
        if self.suspended {
            Delivery::None
        } else {
            self.delivery
        }
    }

    /// Changes what is covered, and tells the subscribers. Under the lock, so that no subscriber is told two of these in
    /// the wrong order.
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

/// Ends the subscription when it is dropped: what [`Gm::on_change`](crate::Gm::on_change) gives.
#[must_use = "the subscription ends when this is dropped"]
pub struct Subscription {
    // The topic holds the weak half: dropping this one is what ends the subscription.
    _subscriber: Arc<dyn Subscriber>,
}

impl Topic {
    /// The changes of another service's rows, which are told once it is subscribed to.
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
        // Told outside the lock, so that a subscriber may subscribe or end others.
        let subscribers = self.state().subscribers.clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            // A hook of the application's may panic. That keeps the change from nobody else, and undoes no write.
            if catch_unwind(AssertUnwindSafe(|| subscriber.notify(change))).is_err() {
                tracing::error!("a subscriber of the changes panicked");
            }
        }
    }

    /// Says that nothing is told any more.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        for subscriber in state.subscribers.iter().filter_map(Weak::upgrade) {
            subscriber.ended();
        }
    }

    /// Says how much is told.
    pub(crate) fn set_delivery(&self, delivery: Delivery) {
        self.state().update(|state| state.delivery = delivery);
    }

    /// Suspends the events of those who relay them, or resumes them; says whether that is new.
    pub(crate) fn suspend(&self, suspended: bool) -> bool {
        let mut state = self.state();
        let is_new = state.suspended != suspended;
        state.update(|state| state.suspended = suspended);
        is_new
    }
}

/// A subscriber that is a closure.
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
