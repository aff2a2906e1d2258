//! The cache's statistics, for operators.

use std::time::Duration;

use super::{MissCause, Reads};

/// Statistics of one manager's cache, from [`Gm::cache_stats`](crate::Gm::cache_stats).
///
/// The counters begin when the handle is built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Reads from the cache.
    pub hits: u64,
    /// Reads that sent a request.
    pub misses: u64,
    /// Reads that shared the in-flight request of another caller.
    pub joins: u64,
    /// Answers that were invalid when they arrived, and so were not cached.
    pub discarded: u64,
    /// Events about a single row.
    pub events: u64,
    /// Events that invalidated all rows.
    pub refreshes: u64,
    /// Writes of this process, which invalidate the rows that they name. Includes writes that the owner refused.
    pub writes: u64,
    /// How often the subscription became live. Each time all rows were invalidated.
    pub opened: u64,
    /// Whether cached answers can be served now.
    pub live: bool,
    /// The time since the last answered ping was sent. `None` without a subscription.
    pub lease_age: Option<Duration>,
    /// Cached answers of all managers of the handle. Approximate.
    pub entries: u64,
    /// Estimated bytes of the cached answers. Approximate.
    pub bytes: u64,
    pub(super) causes: [u64; MissCause::ALL.len()],
}

impl CacheStats {
    /// The misses by cause. Together they are as many as [`misses`](Self::misses), or a few more while reads are in progress.
    pub fn causes(&self) -> impl Iterator<Item = (MissCause, u64)> {
        MissCause::ALL.into_iter().zip(self.causes)
    }

    pub(super) fn of<V, E>(reads: &Reads<V, E>, causes: [u64; MissCause::ALL.len()]) -> Self
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
            discarded: counters.discarded.get(),
            events: counters.events.get(),
            refreshes: counters.refreshes.get(),
            writes: counters.writes.get(),
            opened: counters.opened.get(),
            live: reads.validity.is_open() && reads.lease.holds(now) && reads.lease.credential_holds(now),
            lease_age: reads.lease.age(now),
            entries,
            bytes,
            causes,
        }
    }
}
