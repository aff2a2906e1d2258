//! Which subscription of a resource affects its cache.

use std::sync::PoisonError;

use super::sync::{Mutex, MutexGuard};

/// The number of the subscription that became live last. Only this one affects the cache.
pub(crate) struct LatestSubscription {
    number: Mutex<u64>,
}

impl LatestSubscription {
    pub(crate) fn new() -> Self {
        Self {
            number: Mutex::new(0),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, u64> {
        self.number.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
