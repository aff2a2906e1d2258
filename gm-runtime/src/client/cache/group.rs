//! The caches of one resource, for a handle with several structs of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use super::sync::lock;

/// The caches of all managers of a handle for one resource. A change that concerns one of them invalidates all.
pub(super) struct Group<T> {
    members: Mutex<Vec<Weak<T>>>,
    // Most resources have one struct. Its events take no lock.
    several: AtomicBool,
}

impl<T> Default for Group<T> {
    fn default() -> Self {
        Self {
            members: Mutex::default(),
            several: AtomicBool::default(),
        }
    }
}

impl<T> Group<T> {
    pub(super) fn has_several(&self) -> bool {
        self.several.load(Ordering::Acquire)
    }

    pub(super) fn members(&self) -> Vec<Arc<T>> {
        let members = lock(&self.members).clone();
        members.iter().filter_map(Weak::upgrade).collect()
    }

    /// Adds a cache, and removes those that were dropped.
    pub(super) fn join(&self, member: &Arc<T>) {
        let mut members = lock(&self.members);
        members.retain(|member| member.strong_count() > 0);
        members.push(Arc::downgrade(member));
        self.several.store(members.len() > 1, Ordering::Release);
    }
}
