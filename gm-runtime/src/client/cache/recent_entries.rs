//! The first-level cache: the entries that were read last, without a lookup in the store.

use std::sync::{Arc, Weak};

use super::CacheEntry;
use super::sync::{Mutex, TryLockError};

/// One in this many reads goes to the store, so that the store counts the entry as used and does not evict it.
const STORE_EVERY: u32 = 32;

/// How many entries a resource has. The key, a hash, selects one.
const ENTRIES: usize = 64;

/// The first-level cache of a resource.
pub(crate) struct RecentEntries<V> {
    entries: [RecentEntry<V>; ENTRIES],
}

impl<V> Default for RecentEntries<V> {
    fn default() -> Self {
        Self {
            entries: std::array::from_fn(|_| RecentEntry::default()),
        }
    }
}

impl<V> RecentEntries<V> {
    /// The place for this key. Several keys share a place.
    #[inline]
    pub(crate) fn of(&self, key: u128) -> Option<&RecentEntry<V>> {
        self.entries.get(key as usize % ENTRIES)
    }
}

/// The entry that was read last among the keys that share this place.
///
/// It is a reference to the store's entry. The caller checks whether the entry is still valid, as it does for the store.
pub(crate) struct RecentEntry<V> {
    last: Mutex<Option<Last<V>>>,
}

struct Last<V> {
    key: u128,
    // Weak: the store owns the entry, within its memory limit.
    entry: Weak<CacheEntry<V>>,
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
    /// The entry for the key. `None` while another thread holds the lock: the store, which never blocks, is faster then.
    #[inline]
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
        last.entry.upgrade().filter(|entry| !entry.is_evicted())
    }

    /// Remembers the store's entry for the key.
    pub(crate) fn set(&self, key: u128, entry: &Arc<CacheEntry<V>>) {
        if let Ok(mut last) = self.last.try_lock() {
            *last = Some(Last {
                key,
                entry: Arc::downgrade(entry),
                reads: 0,
            });
        }
    }
}
