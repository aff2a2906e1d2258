//! The in-process bus: one topic for each manager.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Change;

/// Someone who is told of changes. Called by the thread that committed, so it must neither block nor fail.
pub(crate) trait Subscriber: Send + Sync {
    /// A change was committed.
    fn notify(&self, change: &Change);
}

/// The changes of one manager's rows. Whoever commits publishes; a subscriber is told of every change that is
/// published after [`subscribe`](Topic::subscribe) returned.
#[derive(Default)]
pub(crate) struct Topic {
    subscribers: Mutex<Vec<Weak<dyn Subscriber>>>,
}

/// Ends the subscription when it is dropped: what [`Gm::on_change`](crate::Gm::on_change) gives.
#[must_use = "the subscription ends when this is dropped"]
pub struct Subscription {
    // The topic holds the weak half: dropping this one is what ends the subscription.
    _subscriber: Arc<dyn Subscriber>,
}

impl Topic {
    pub(crate) fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Subscription {
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| subscriber.strong_count() > 0);
        subscribers.push(Arc::downgrade(&subscriber));
        Subscription {
            _subscriber: subscriber,
        }
    }

    pub(crate) fn publish(&self, change: &Change) {
        // Told outside the lock, so that a subscriber may subscribe or end others.
        let subscribers = self
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            subscriber.notify(change);
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
