//! What the cache did, for whoever operates it.

use std::time::Duration;

use super::Reads;

/// What the cache of one manager did since the handle was made, and how it is now: what
/// [`Gm::cache_stats`](crate::Gm::cache_stats) gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Reads that were answered without a request.
    pub hits: u64,
    /// Reads that sent a request.
    pub misses: u64,
    /// Reads that waited for the request of another.
    pub joins: u64,
    /// Answers that were no longer true when they came, and were not kept.
    pub refused: u64,
    /// Events that named a row.
    pub events: u64,
    /// Events after which everything counted as changed.
    pub refreshes: u64,
    /// Writes of this process, also those that the owner refused: after each, what it names counts as changed.
    pub writes: u64,
    /// How often the subscription became live; each time everything counted as changed.
    pub opened: u64,
    /// Whether what is kept may be served now.
    pub live: bool,
    /// How long ago the ping was sent that the owner answered last; absent without a subscription.
    pub lease_age: Option<Duration>,
    /// Answers kept, by all managers of the handle; lags a little behind.
    pub entries: u64,
    /// Their estimated bytes.
    pub bytes: u64,
}

impl CacheStats {
    pub(super) fn of<V, E>(reads: &Reads<V, E>) -> Self
    where
        V: Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
    {
        let (entries, bytes) = reads.store.size();
        let counters = &reads.counters;
        let now = reads.now();
        Self {
            hits: counters.hits.get(),
            misses: counters.misses.get(),
            joins: counters.joins.get(),
            refused: counters.refused.get(),
            events: counters.events.get(),
            refreshes: counters.refreshes.get(),
            writes: counters.writes.get(),
            opened: counters.opened.get(),
            live: reads.validity.is_open() && reads.lease.holds(now),
            lease_age: reads.lease.age(now),
            entries,
            bytes,
        }
    }
}
