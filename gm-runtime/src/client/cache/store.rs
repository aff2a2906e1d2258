//! The store of cache entries.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moka::ops::compute::Op;
use moka::sync::Cache;

use super::Stamp;

/// A cached answer.
pub(crate) struct CacheEntry<V> {
    pub(crate) stamp: Stamp,
    /// The estimated size in bytes.
    pub(crate) weight: u32,
    pub(crate) value: V,
    // An atomic of `std`, not of the tests' scheduler: moka sets it while it holds its own locks.
    evicted: AtomicBool,
}

impl<V> CacheEntry<V> {
    pub(crate) fn new(stamp: Stamp, weight: u32, value: V) -> Arc<Self> {
        Arc::new(Self {
            stamp,
            weight,
            value,
            evicted: AtomicBool::new(false),
        })
    }

    /// Whether the store replaced or evicted the entry.
    pub(crate) fn is_evicted(&self) -> bool {
        self.evicted.load(Ordering::Acquire)
    }
}

/// The cache entries of all resources of a handle, within one memory limit.
///
/// Entries may be invalid: each lookup checks them against [`Validity`](super::Validity). Invalid entries stay until they are
/// replaced or evicted.
#[derive(Clone)]
pub(crate) struct Store<V: Send + Sync + 'static> {
    entries: Cache<u128, Arc<CacheEntry<V>>, BuildHasherDefault<IdentityHasher>>,
}

impl<V: Send + Sync + 'static> Store<V> {
    /// A store for at most this many estimated bytes.
    pub(crate) fn new(capacity: u64) -> Self {
        Self {
            entries: Cache::builder()
                .max_capacity(capacity)
                .weigher(|_, entry: &Arc<CacheEntry<V>>| entry.weight)
                .eviction_listener(|_, entry, _| entry.evicted.store(true, Ordering::Release))
                .build_with_hasher(BuildHasherDefault::default()),
        }
    }

    pub(crate) fn get(&self, key: u128) -> Option<Arc<CacheEntry<V>>> {
        self.entries.get(&key)
    }

    /// Inserts the entry, unless the request of the present one was sent later.
    pub(crate) fn insert(&self, key: u128, entry: Arc<CacheEntry<V>>) {
        self.entries.entry(key).and_compute_with(|present| match present {
            Some(present) if present.value().stamp > entry.stamp => Op::Nop,
            _ => Op::Put(entry),
        });
    }

    /// The number of entries and their estimated bytes. Both are approximate.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.entries.entry_count(), self.entries.weighted_size())
    }
}

/// A hasher that returns the key, which already is a keyed hash.
#[derive(Default)]
pub(super) struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
