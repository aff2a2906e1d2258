//! The state of an invalidation client, which its observer shares.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::client::{Hold, SubscriptionState};
use crate::error::SubscriptionError;

/// The state of an invalidation client, which its observer shares.
pub(super) struct Shared {
    /// `None` before `connect`, empty after the end.
    pub(super) holds: Mutex<Option<Vec<Arc<Hold>>>>,
    pub(super) state: watch::Sender<SubscriptionState>,
    pub(super) refused: Mutex<Option<Arc<SubscriptionError>>>,
    /// Dropping this ends the task that observes the subscriptions.
    pub(super) observing: Mutex<Option<oneshot::Sender<Infallible>>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Ends the client with this last state.
    pub(super) fn end(&self, state: SubscriptionState) -> Vec<Arc<Hold>> {
        let mut holds = lock(&self.holds);
        self.state.send_replace(state);
        holds.replace(Vec::new()).unwrap_or_default()
    }

    /// Publishes the combined state. Returns false, and does nothing, after the end.
    pub(super) fn publish(&self, new: SubscriptionState) -> bool {
        let holds = lock(&self.holds);
        let is_open = holds.as_ref().is_none_or(|holds| !holds.is_empty());
        if is_open {
            self.state.send_if_modified(|state| {
                let is_new = *state != new;
                *state = new;
                is_new
            });
        }
        is_open
    }
}
