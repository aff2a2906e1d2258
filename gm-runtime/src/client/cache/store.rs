//! Where answers are kept.

use moka::ops::compute::Op;
use moka::sync::Cache;

use super::Mark;

/// An answer that is kept.
#[derive(Clone)]
pub(crate) struct Kept<V> {
    pub(crate) mark: Mark,
    /// An estimate of its bytes.
    pub(crate) weight: u32,
    pub(crate) value: V,
}

/// The answers of all resources of a handle, within one bound of memory. What is here need not be true: that is for
/// the fence to say, at every lookup. So nothing is ever invalidated here (moka's `invalidate_entries_if` leaves one
/// entry in 385), and an untrue answer waits to be replaced or evicted.
#[derive(Clone)]
pub(crate) struct Store<V: Clone + Send + Sync + 'static> {
    answers: Cache<u128, Kept<V>>,
}

impl<V: Clone + Send + Sync + 'static> Store<V> {
    /// A store of at most this many estimated bytes.
    pub(crate) fn new(capacity: u64) -> Self {
        Self {
            answers: Cache::builder()
                .max_capacity(capacity)
                .weigher(|_, kept: &Kept<V>| kept.weight)
                .build(),
        }
    }

    pub(crate) fn get(&self, key: u128) -> Option<Kept<V>> {
        self.answers.get(&key)
    }

    /// Keeps the answer, unless a later one is kept.
    pub(crate) fn keep(&self, key: u128, answer: Kept<V>) {
        self.answers.entry(key).and_compute_with(|kept| match kept {
            Some(kept) if kept.value().mark.stamp > answer.mark.stamp => Op::Nop,
            _ => Op::Put(answer),
        });
    }

    /// Estimates of the answers kept and of their bytes, which lag a little behind.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.answers.entry_count(), self.answers.weighted_size())
    }
}
