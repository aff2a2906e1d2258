//! Reading through the cache.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::flights::{Departs, Flight, Flights, Landing};
use super::{Clock, Counters, Fence, Kept, Lease, Memory, Reach, Source, Store};

/// What was the time when a request left. The later of two is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// On the resource's fence.
    pub(crate) stamp: u64,
    /// On the clock.
    pub(crate) asked: Duration,
}

/// The reads of one resource: what is kept of them, what is under way, and what says whether either is still true.
pub(crate) struct Reads<V: Clone + Send + Sync + 'static, E: Clone> {
    pub(crate) fence: Fence,
    pub(crate) lease: Lease,
    pub(crate) source: Source,
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
    pub(crate) fn new(fence: Fence, lease: Lease, clock: Arc<dyn Clock>, store: Store<V>) -> Arc<Self> {
        Arc::new(Self {
            fence,
            lease,
            source: Source::new(),
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
    pub(crate) fn recall(&self, memory: Option<&Memory<V>>, key: u128, reach: Reach) -> Option<V> {
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
        fetch: impl FnOnce(Arc<dyn Departs>) -> F + Send,
    ) -> Result<V, E>
    where
        F: Future<Output = Result<(V, u32), E>> + Send + 'static,
    {
        if !fresh && let Some(value) = self.kept(key, reach) {
            self.counters.hits.add();
            return Ok(value);
        }
        let flight = match self.board((key, chain), reach, fresh, fetch) {
            Boarded::Landed(value) => return Ok(value),
            Boarded::Flying(flight) => flight,
        };
        flight.await
    }

    fn board<F>(
        self: &Arc<Self>,
        (key, chain): (u128, u128),
        reach: Reach,
        fresh: bool,
        fetch: impl FnOnce(Arc<dyn Departs>) -> F,
    ) -> Boarded<V, E>
    where
        F: Future<Output = Result<(V, u32), E>> + Send + 'static,
    {
        let boarding = self.flights.boarding(key ^ chain);
        // A request that has not left yet is as good as one's own.
        let joined = boarding.join(|mark, departed| {
            guard!(
                "join while true",
                !departed || (!fresh && self.is_true(reach, mark)),
                true
            )
        });
        if let Some(flight) = joined {
            self.counters.joins.add();
            return Boarded::Flying(flight);
        }
        // A flight that landed after the lookup above left its answer behind before it left the table.
        if !fresh && let Some(value) = self.kept(key, reach) {
            self.counters.hits.add();
            return Boarded::Landed(value);
        }
        self.counters.misses.add();
        let mark = self.mark();
        Boarded::Flying(boarding.launch(mark, |landing| {
            let departure = Arc::new(Departure {
                reads: Arc::clone(self),
                landing,
                mark: OnceLock::new(),
            });
            let fetching = fetch(Arc::clone(&departure) as _);
            async move {
                let (value, weight) = fetching.await?;
                // What was answered without a request is as old as the reading.
                let mark = departure.mark.get().copied().unwrap_or(mark);
                departure.reads.keep(key, reach, mark, weight, &value);
                Ok(value)
            }
        }))
    }

    fn kept(&self, key: u128, reach: Reach) -> Option<V> {
        self.serve(&*self.store.get(key)?, reach)
    }

    fn serve(&self, kept: &Kept<V>, reach: Reach) -> Option<V> {
        guard!("compare at lookup", self.is_true(reach, kept.mark), true).then(|| kept.value.clone())
    }

    fn keep(&self, key: u128, reach: Reach, mark: Mark, weight: u32, value: &V) {
        let taken = guard!("stamp before departure", mark, self.mark());
        if self.is_true(reach, taken) {
            self.store.keep(key, Kept::new(taken, weight, value.clone()));
        } else {
            self.counters.refused.add();
        }
    }

    /// The time before a request leaves.
    fn mark(&self) -> Mark {
        Mark {
            asked: self.clock.now(),
            stamp: self.fence.stamp(),
        }
    }

    /// Whether an answer of this mark is still true. The fence is looked at last: a subscription that ends closes the
    /// fence and then lifts the lease, so that a reader which meets the lifted lease meets the closed fence, too.
    fn is_true(&self, reach: Reach, mark: Mark) -> bool {
        let now = self.clock.now();
        let young = || {
            guard!("lease", self.lease.holds(now), true)
                && guard!("age", self.lease.allows_age(mark.asked, now), true)
        };
        let valid = || self.fence.valid(reach, mark.stamp);
        guard!("fence after lease", young() && valid(), valid() && young())
    }
}

/// When the request of a flight left.
struct Departure<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    reads: Arc<Reads<V, E>>,
    landing: Landing<Result<V, E>>,
    // Of `std`, although the tests have other types: it is set once, by whoever polls the flight.
    mark: OnceLock<Mark>,
}

impl<V, E> Departs for Departure<V, E>
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    fn depart(&self) {
        // The first of several requests: the other pages are of the same reading.
        if self.mark.get().is_none() {
            let mark = self.reads.mark();
            let _ = self.mark.set(mark);
            self.landing.depart(mark);
        }
    }
}

enum Boarded<V, E: Clone>
where
    V: Clone,
{
    /// Somebody else's request brought it.
    Landed(V),
    Flying(Flight<Result<V, E>>),
}
