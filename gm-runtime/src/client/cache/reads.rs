//! Reads through the cache.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;

use super::flights::{Flight, Flights, Registration, SendHook};
use super::{
    CacheEntry, Clock, Counters, LatestSubscription, Lease, Reach, RecentEntry, Stamp, Store, Validity,
};

/// The reads of one resource: the cached answers, the in-flight requests, and the state that validates both.
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

    /// The cached answer for the key, if it is valid. `recent`: the first-level entry, which is tried first.
    #[inline]
    pub(crate) fn recall(&self, recent: Option<&RecentEntry<V>>, key: u128, reach: Reach) -> Option<V> {
        // Returns at once: an answer that is moved once more costs more than the comparisons of `is_valid`.
        if let Some(entry) = recent.and_then(|recent| recent.get(key))
            && let Some(value) = self.serve(&entry, reach)
        {
            self.counters.hits.add();
            return Some(value);
        }
        let entry = self.store.get(key)?;
        if let Some(recent) = recent {
            recent.set(key, &entry);
        }
        let value = self.serve(&entry, reach)?;
        self.counters.hits.add();
        Some(value)
    }

    /// The cached answer for the key, if it is valid. Otherwise the answer of an in-flight request, if that will be valid, or
    /// of a new request. `fetch` returns the answer and its estimated bytes, and calls the hook when its request is sent.
    ///
    /// `chain` identifies the gateways through which the caller's request came. Only callers with the same chain share a request:
    /// two gateways that ask each other would otherwise deadlock.
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
        if !fresh && let Some(value) = self.lookup(key, reach) {
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
        // A request that is not sent yet is as good as a new one.
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
        // A flight that finished after the first lookup inserted its answer before it left the table.
        if !fresh && let Some(value) = self.lookup(key, reach) {
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
            // Not an async block: its state would hold the future twice, and the futures of requests are large.
            fetch(Arc::clone(&send_hook) as _).map(move |fetched| {
                let (value, weight) = fetched?;
                // Without a request the answer is as old as the flight.
                let stamp = send_hook.stamp.get().copied().unwrap_or(stamp);
                send_hook.reads.insert(key, reach, stamp, weight, &value);
                Ok(value)
            })
        }))
    }

    /// The epoch, if answers of another resource that depend on these rows are valid until it changes. `validity` is read last,
    /// as for an answer of this resource.
    pub(crate) fn reliable_epoch(&self) -> Option<u64> {
        let now = self.clock.now();
        let is_reliable = || {
            guard!(
                "end of the credential behind a reference",
                self.lease.credential_holds(now),
                true
            ) && guard!("age behind a reference", self.lease.is_unlimited(), true)
                && guard!("lease behind a reference", self.lease.holds(now), true)
        };
        let epoch = || self.validity.epoch_while_open();
        guard!(
            "validity after lease behind a reference",
            is_reliable().then(epoch).flatten(),
            epoch().filter(|_| is_reliable())
        )
    }

    fn lookup(&self, key: u128, reach: Reach) -> Option<V> {
        self.serve(&*self.store.get(key)?, reach)
    }

    #[inline]
    fn serve(&self, entry: &CacheEntry<V>, reach: Reach) -> Option<V> {
        guard!("validate at lookup", self.is_valid(reach, entry.stamp), true).then(|| entry.value.clone())
    }

    fn insert(&self, key: u128, reach: Reach, stamp: Stamp, weight: u32, value: &V) {
        let taken = guard!("stamp before sending", stamp, self.stamp_now());
        if self.is_valid(reach, taken) {
            self.store
                .insert(key, CacheEntry::new(taken, weight, value.clone()));
        } else {
            self.counters.discarded.add();
        }
    }

    /// The stamp of a request that is sent now.
    fn stamp_now(&self) -> Stamp {
        Stamp {
            time: self.clock.now(),
            epoch: self.validity.epoch(),
        }
    }

    /// Whether an answer with this stamp is valid. `validity` is checked last: the end of a subscription closes it before it releases
    /// the lease, so a reader that sees the released lease also sees the closed validity.
    #[inline]
    fn is_valid(&self, reach: Reach, stamp: Stamp) -> bool {
        let now = self.clock.now();
        let young = || {
            guard!("lease", self.lease.holds(now), true)
                && guard!("end of the credential", self.lease.credential_holds(now), true)
                && guard!("age", self.lease.allows_age(stamp.time, now), true)
        };
        let valid = || self.validity.is_valid(reach, stamp.epoch);
        guard!("validity after lease", young() && valid(), valid() && young())
    }
}

/// Stamps a flight when its request is sent.
struct FlightSendHook<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    reads: Arc<Reads<V, E>>,
    registration: Registration<Result<V, E>>,
    // A type of `std`, not of the tests' scheduler: only the caller that polls the flight sets it.
    stamp: OnceLock<Stamp>,
}

impl<V, E> SendHook for FlightSendHook<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    fn sending(&self) {
        // Only the first request counts. The others read further pages of the same answer.
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
    /// The answer of a flight that finished meanwhile.
    Cached(V),
    InFlight(Flight<Result<V, E>>),
}
