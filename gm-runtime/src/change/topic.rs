//! The in-process bus: one topic for each manager.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Change;

/// Someone who is told of changes. Called by the thread that committed, so it must neither block nor fail.
pub(crate) trait Subscriber: Send + Sync {
    /// A change was committed.
    fn notify(&self, change: &Change);

    /// Changes are missed from now on: who relays them must say so to those who rely on them.
    fn interrupted(&self) {}

    /// Changes are told again from now on.
    #[cfg(feature = "client")]
    fn resumed(&self) {}
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
    interrupted: bool,
}

/// Ends the subscription when it is dropped: what [`Gm::on_change`](crate::Gm::on_change) gives.
#[must_use = "the subscription ends when this is dropped"]
pub struct Subscription {
    // The topic holds the weak half: dropping this one is what ends the subscription.
    _subscriber: Arc<dyn Subscriber>,
}

impl Topic {
    /// The changes of another service's rows, which are told once it is subscribed to.
    #[cfg(feature = "client")]
    pub(crate) fn of_another_service() -> Self {
        Self {
            state: Mutex::new(State {
                subscribers: Vec::new(),
                interrupted: true,
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
        if state.interrupted {
            subscriber.interrupted();
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

    /// Says whether changes are missed. Told under the lock, so that nobody is told the two in the wrong order.
    #[cfg(feature = "client")]
    pub(crate) fn set_interrupted(&self, interrupted: bool) {
        let mut state = self.state();
        state.interrupted = interrupted;
        for subscriber in state.subscribers.iter().filter_map(Weak::upgrade) {
            if interrupted {
                subscriber.interrupted();
            } else {
                subscriber.resumed();
            }
        }
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
