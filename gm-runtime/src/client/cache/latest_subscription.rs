//! Which subscription of a resource affects its cache.

use std::sync::PoisonError;

use super::sync::{Mutex, MutexGuard};

/// The subscription that affects the cache: the one that became live last, for the present identity.
pub(crate) struct LatestSubscription {
    latest: Mutex<Latest>,
}

pub(crate) struct Latest {
    /// The number of the subscription that became live last. Only this one affects the cache.
    pub(crate) number: u64,
    /// The identity for which the credentials of requests stand.
    pub(crate) identity: u64,
}

impl LatestSubscription {
    pub(crate) fn new() -> Self {
        Self {
            latest: Mutex::new(Latest {
                number: 0,
                identity: 0,
            }),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
