//! Reading through the cache.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::flights::{Flight, Flights, Registration, SendHook};
use super::{CacheEntry, Clock, Counters, LatestSubscription, Lease, Reach, RecentEntry, Store, Validity};

/// What was the time when a request left. The later of two is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// On the resource's validity.
    pub(crate) epoch: u64,
    /// On the clock.
    pub(crate) time: Duration,
}

/// The reads of one resource: what is kept of them, what is under way, and what says whether either is still true.
pub(crate) struct Reads<V: Clone + Send + Sync + 'static, E: Clone> {
    pub(crate) validity: Validity,
    pub(crate) lease: Lease,
    pub(crate) source: LatestSubscription,
    pub(crate) counters: Counters,
    clock: Arc<dyn Clock>,
    pub(crate) store: Store<V>,
    flights: Arc<Flights<Result<V, E>>>,
}

impl<V, E> Reads<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(validity: Validity, lease: Lease, clock: Arc<dyn Clock>, store: Store<V>) -> Arc<Self> {
        Arc::new(Self {
            validity,
            lease,
            source: LatestSubscription::new(),
            counters: Counters::default(),
            clock,
            store,
            flights: Flights::new(),
        })
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The answer that is kept under the key, where it is still true: by way of what is remembered of it, where something is.
    pub(crate) fn recall(&self, memory: Option<&RecentEntry<V>>, key: u128, reach: Reach) -> Option<V> {
        let remembered = memory
            .and_then(|memory| memory.get(key))
            .and_then(|kept| self.serve(&kept, reach));
        let value = remembered.or_else(|| {
            let kept = self.store.get(key)?;
            if let Some(memory) = memory {
                memory.set(key, &kept);
            }
            self.serve(&kept, reach)
        })?;
        self.counters.hits.add();
        Some(value)
    }

    /// The answer that is kept under the key where it is still true, else that of a request: one that is under way
    /// where it will be true, else a new one. `fetch` gives an answer and an estimate of its bytes, and says when its
    /// request leaves.
    ///
    /// Only those of one chain wait for each other's requests: of two gateways that ask each other, each would wait for
    /// the other one's.
    pub(crate) async fn read<F>(
        self: &Arc<Self>,
        (key, chain): (u128, u128),
        reach: Reach,
        fresh: bool,
        fetch: impl FnOnce(Arc<dyn SendHook>) -> F + Send,
    ) -> Result<V, E>
    where
        F: Future<Output = Result<(V, u32), E>> + Send + 'static,
    {
        if !fresh && let Some(value) = self.kept(key, reach) {
            self.counters.hits.add();
            return Ok(value);
        }
        let flight = match self.join_or_start((key, chain), reach, fresh, fetch) {
            Joined::Cached(value) => return Ok(value),
            Joined::InFlight(flight) => flight,
        };
        flight.await
    }

    fn join_or_start<F>(
        self: &Arc<Self>,
        (key, chain): (u128, u128),
        reach: Reach,
        fresh: bool,
        fetch: impl FnOnce(Arc<dyn SendHook>) -> F,
    ) -> Joined<V, E>
    where
        F: Future<Output = Result<(V, u32), E>> + Send + 'static,
    {
        let slot = self.flights.slot(key ^ chain);
        // A request that has not left yet is as good as one's own.
        let joined = slot.join(|stamp, is_sent| {
            guard!(
                "join while valid",
                !is_sent || (!fresh && self.is_valid(reach, stamp)),
                true
            )
        });
        if let Some(flight) = joined {
            self.counters.joins.add();
            return Joined::InFlight(flight);
        }
        // A flight that landed after the lookup above left its answer behind before it left the table.
        if !fresh && let Some(value) = self.kept(key, reach) {
            self.counters.hits.add();
            return Joined::Cached(value);
        }
        self.counters.misses.add();
        let stamp = self.stamp_now();
        Joined::InFlight(slot.start(stamp, |registration| {
            let send_hook = Arc::new(FlightSendHook {
                reads: Arc::clone(self),
                registration,
                stamp: OnceLock::new(),
            });
            let fetching = fetch(Arc::clone(&send_hook) as _);
            async move {
                let (value, weight) = fetching.await?;
                // What was answered without a request is as old as the reading.
                let stamp = send_hook.stamp.get().copied().unwrap_or(stamp);
                send_hook.reads.keep(key, reach, stamp, weight, &value);
                Ok(value)
            }
        }))
    }

    fn kept(&self, key: u128, reach: Reach) -> Option<V> {
        self.serve(&*self.store.get(key)?, reach)
    }

    fn serve(&self, kept: &CacheEntry<V>, reach: Reach) -> Option<V> {
        guard!("validate at lookup", self.is_valid(reach, kept.stamp), true).then(|| kept.value.clone())
    }

    fn keep(&self, key: u128, reach: Reach, stamp: Stamp, weight: u32, value: &V) {
        let taken = guard!("stamp before sending", stamp, self.stamp_now());
        if self.is_valid(reach, taken) {
            self.store
                .insert(key, CacheEntry::new(taken, weight, value.clone()));
        } else {
            self.counters.discarded.add();
        }
    }

    /// The time before a request leaves.
    fn stamp_now(&self) -> Stamp {
        Stamp {
            time: self.clock.now(),
            epoch: self.validity.epoch(),
        }
    }

    /// Whether an answer of this stamp is still true. The validity is looked at last: a subscription that ends closes the
    /// validity and then lifts the lease, so that a reader which meets the lifted lease meets the closed validity, too.
    fn is_valid(&self, reach: Reach, stamp: Stamp) -> bool {
        let now = self.clock.now();
        let young = || {
            guard!("lease", self.lease.holds(now), true)
                && guard!("age", self.lease.allows_age(stamp.time, now), true)
        };
        let valid = || self.validity.is_valid(reach, stamp.epoch);
        guard!("validity after lease", young() && valid(), valid() && young())
    }
}

/// When the request of a flight left.
struct FlightSendHook<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    reads: Arc<Reads<V, E>>,
    registration: Registration<Result<V, E>>,
    // Of `std`, although the tests have other types: it is set once, by whoever polls the flight.
    stamp: OnceLock<Stamp>,
}

impl<V, E> SendHook for FlightSendHook<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    fn sending(&self) {
        // The first of several requests: the other pages are of the same reading.
        if self.stamp.get().is_none() {
            let stamp = self.reads.stamp_now();
            let _ = self.stamp.set(stamp);
            self.registration.sending(stamp);
        }
    }
}

enum Joined<V, E: Clone>
where
    V: Clone,
{
    /// Somebody else's request brought it.
    Cached(V),
    InFlight(Flight<Result<V, E>>),
}
