//! The cache of a consumer's manager, whose counters are read before each scrape. So a cached read costs nothing more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Label, counter, gauge};

use super::names::{
    CACHE_DISCARDED, CACHE_INVALIDATIONS, CACHE_MISSES, CACHE_READS, LEASE_AGE, SUBSCRIPTION_LIVE, describe,
};

/// The metrics of one manager's cache.
pub(crate) struct CacheMetrics {
    hits: Sum,
    misses: Sum,
    joins: Sum,
    discarded: Sum,
    causes: Vec<Sum>,
    invalidations: [Sum; 4],
    live: Gauge,
    lease_age: Gauge,
}

/// The counters of a cache at one moment.
pub(crate) struct CacheSample<'a> {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) joins: u64,
    pub(crate) discarded: u64,
    /// The misses by cause, in the order of the words for them.
    pub(crate) causes: &'a [u64],
    /// By events of rows, refreshes, writes of this process, and subscriptions that became live.
    pub(crate) invalidations: [u64; 4],
    pub(crate) live: bool,
    pub(crate) lease_age: Option<Duration>,
}

/// A counter whose value is known from elsewhere. Several handles of a process may add to one counter.
struct Sum {
    counter: Counter,
    /// What was added so far.
    added: AtomicU64,
}

impl Sum {
    fn set(&self, value: u64) {
        let before = self.added.fetch_max(value, Ordering::Relaxed);
        if let Some(more) = value.checked_sub(before).filter(|more| *more > 0) {
            self.counter.increment(more);
        }
    }
}

impl CacheMetrics {
    /// The metrics of this manager's cache. `causes` are the words for the causes of a miss.
    pub(crate) fn new(manager: &'static str, resource: &'static str, causes: &[&'static str]) -> Self {
        describe();
        let labels = || {
            vec![
                Label::from_static_parts("gm.manager", manager),
                Label::from_static_parts("gm.resource", resource),
            ]
        };
        let sum = |name, label: Option<(&'static str, &'static str)>| {
            let mut labels = labels();
            labels.extend(label.map(|(key, value)| Label::from_static_parts(key, value)));
            Sum {
                counter: counter!(name, labels),
                added: AtomicU64::new(0),
            }
        };
        let read = |outcome| sum(CACHE_READS, Some(("gm.outcome", outcome)));
        let caused = |cause| sum(CACHE_INVALIDATIONS, Some(("gm.cause", cause)));
        Self {
            hits: read("hit"),
            misses: read("miss"),
            joins: read("join"),
            discarded: sum(CACHE_DISCARDED, None),
            causes: causes
                .iter()
                .map(|cause| sum(CACHE_MISSES, Some(("gm.cause", cause))))
                .collect(),
            invalidations: ["event", "refresh", "write", "reconnect"].map(caused),
            live: gauge!(SUBSCRIPTION_LIVE, labels()),
            lease_age: gauge!(LEASE_AGE, labels()),
        }
    }

    /// Takes the values over.
    pub(crate) fn set(&self, sample: &CacheSample<'_>) {
        self.hits.set(sample.hits);
        self.misses.set(sample.misses);
        self.joins.set(sample.joins);
        self.discarded.set(sample.discarded);
        for (sum, value) in self.causes.iter().zip(sample.causes) {
            sum.set(*value);
        }
        for (sum, value) in self.invalidations.iter().zip(sample.invalidations) {
            sum.set(value);
        }
        self.live.set(u8::from(sample.live));
        // Without a live websocket there is no age.
        let age = sample.lease_age.map_or(f64::NAN, |age| age.as_secs_f64());
        self.lease_age.set(age);
    }
}
