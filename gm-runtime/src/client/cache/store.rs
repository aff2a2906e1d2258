//! Where answers are kept.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moka::ops::compute::Op;
use moka::sync::Cache;

use super::Stamp;

/// An answer that is kept.
pub(crate) struct CacheEntry<V> {
    pub(crate) stamp: Stamp,
    /// An estimate of its bytes.
    pub(crate) weight: u32,
    pub(crate) value: V,
    // Of `std`, although the tests have other atomics: it is set while moka holds locks of its own.
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

    /// Whether the store has let go of it: for a later answer, or for its memory.
    pub(crate) fn is_evicted(&self) -> bool {
        self.evicted.load(Ordering::Acquire)
    }
}

/// The answers of all resources of a handle, within one bound of memory. What is here need not be true: that is for
/// the validity to say, at every lookup. So nothing is ever invalidated here (moka's `invalidate_entries_if` leaves one
/// entry in 385), and an untrue answer waits to be replaced or evicted.
#[derive(Clone)]
pub(crate) struct Store<V: Send + Sync + 'static> {
    answers: Cache<u128, Arc<CacheEntry<V>>, BuildHasherDefault<IdentityHasher>>,
}

impl<V: Send + Sync + 'static> Store<V> {
    /// A store of at most this many estimated bytes.
    pub(crate) fn new(capacity: u64) -> Self {
        Self {
            answers: Cache::builder()
                .max_capacity(capacity)
                .weigher(|_, kept: &Arc<CacheEntry<V>>| kept.weight)
                .eviction_listener(|_, kept, _| kept.evicted.store(true, Ordering::Release))
                .build_with_hasher(BuildHasherDefault::default()),
        }
    }

    pub(crate) fn get(&self, key: u128) -> Option<Arc<CacheEntry<V>>> {
        self.answers.get(&key)
    }

    /// Keeps the answer, unless one that was asked for later is kept.
    pub(crate) fn insert(&self, key: u128, answer: Arc<CacheEntry<V>>) {
        self.answers.entry(key).and_compute_with(|kept| match kept {
            Some(kept) if kept.value().stamp > answer.stamp => Op::Nop,
            _ => Op::Put(answer),
        });
    }

    /// Estimates of the answers kept and of their bytes, which lag a little behind.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.answers.entry_count(), self.answers.weighted_size())
    }
}

/// A key is a hash already, by a secret key.
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
