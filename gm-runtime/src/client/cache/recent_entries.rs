//! A shorter way to the answers that are read over and over.

use std::sync::{Arc, Weak};

use super::CacheEntry;
use super::sync::{Mutex, TryLockError};

/// Of how many reads one asks the store although the answer is remembered, so that the store goes on to take it for one
/// that is often wanted.
const STORE_EVERY: u32 = 32;

/// How many answers of one resource are remembered. A key is a hash, and so is its place.
const PLACES: usize = 64;

/// The answers that were read last.
pub(crate) struct RecentEntries<V> {
    places: [RecentEntry<V>; PLACES],
}

impl<V> Default for RecentEntries<V> {
    fn default() -> Self {
        Self {
            places: std::array::from_fn(|_| RecentEntry::default()),
        }
    }
}

impl<V> RecentEntries<V> {
    /// Where an answer under this key is remembered.
    pub(crate) fn of(&self, key: u128) -> Option<&RecentEntry<V>> {
        self.places.get(key as usize % PLACES)
    }
}

/// The answer that was read last of those that share a place, where the store still has it: a shorter way to it, and no
/// other one. Whether it is still true is for the validity to say, as of every answer.
pub(crate) struct RecentEntry<V> {
    last: Mutex<Option<Last<V>>>,
}

struct Last<V> {
    key: u128,
    // The store owns it, within its bound of memory.
    kept: Weak<CacheEntry<V>>,
    reads: u32,
}

impl<V> Default for RecentEntry<V> {
    fn default() -> Self {
        Self {
            last: Mutex::new(None),
        }
    }
}

impl<V> RecentEntry<V> {
    /// What is remembered under the key. Nothing while another thread looks: the store does not wait.
    pub(crate) fn get(&self, key: u128) -> Option<Arc<CacheEntry<V>>> {
        let mut last = match self.last.try_lock() {
            Ok(last) => last,
            Err(TryLockError::Poisoned(last)) => last.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let last = last.as_mut().filter(|last| last.key == key)?;
        last.reads = last.reads.wrapping_add(1);
        if last.reads % STORE_EVERY == 0 {
            return None;
        }
        last.kept.upgrade().filter(|kept| !kept.is_evicted())
    }

    /// Remembers what the store has under the key.
    pub(crate) fn set(&self, key: u128, kept: &Arc<CacheEntry<V>>) {
        if let Ok(mut last) = self.last.try_lock() {
            *last = Some(Last {
                key,
                kept: Arc::downgrade(kept),
                reads: 0,
            });
        }
    }
}
