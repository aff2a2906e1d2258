//! In-flight requests, which concurrent misses share.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::Stamp;
use super::store::IdentityHasher;
use super::sync::{Mutex, MutexGuard};

/// An in-flight request. Its callers poll it: no task drives it. When one of them is cancelled, the others continue. When the last
/// one is cancelled, the request ends.
pub(crate) type Flight<T> = Shared<BoxFuture<'static, T>>;

/// The in-flight requests of a resource, by cache key.
pub(crate) struct Flights<T: Clone> {
    table: Mutex<Table<T>>,
}

struct Table<T: Clone> {
    flights: HashMap<u128, Entry<T>, BuildHasherDefault<IdentityHasher>>,
    /// How many flights were started. The number tells a flight from its successor under the same key.
    started: u64,
}

struct Entry<T: Clone> {
    stamp: Stamp,
    is_sent: bool,
    number: u64,
    // Weak: the callers own the flight, so it ends with the last of them.
    flight: WeakShared<BoxFuture<'static, T>>,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::new(Table {
                flights: HashMap::default(),
                started: 0,
            }),
        })
    }

    /// Locks the table while a caller decides between joining a flight and starting one.
    pub(crate) fn slot(self: &Arc<Self>, key: u128) -> FlightSlot<'_, T> {
        FlightSlot {
            flights: self,
            table: self.lock(),
            key,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table<T>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The locked table, for one key: joins a flight or starts one.
pub(crate) struct FlightSlot<'a, T: Clone> {
    flights: &'a Arc<Flights<T>>,
    table: MutexGuard<'a, Table<T>>,
    key: u128,
}

impl<T: Clone + Send + Sync + 'static> FlightSlot<'_, T> {
    /// The flight of this key, if `admits` accepts its stamp and whether its request is sent already.
    pub(crate) fn join(&self, admits: impl FnOnce(Stamp, bool) -> bool) -> Option<Flight<T>> {
        self.table
            .flights
            .get(&self.key)
            .filter(|entry| admits(entry.stamp, entry.is_sent))
            .and_then(|entry| entry.flight.upgrade())
    }

    /// Starts a flight, which other callers can join from now on.
    pub(crate) fn start<F>(mut self, stamp: Stamp, flight: impl FnOnce(Registration<T>) -> F) -> Flight<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        self.table.started = self.table.started.wrapping_add(1);
        let number = self.table.started;
        let flight = flight(Registration {
            flights: Arc::clone(self.flights),
            key: self.key,
            number,
        })
        .boxed()
        .shared();
        if let Some(weak) = flight.downgrade() {
            let entry = Entry {
                stamp,
                is_sent: false,
                number,
                flight: weak,
            };
            self.table.flights.insert(self.key, entry);
        }
        flight
    }
}

/// Called when the request of a flight is sent.
pub(crate) trait SendHook: Send + Sync {
    /// The request is about to be sent. Before, every caller may join the flight. After, only callers for whom it is still valid.
    fn sending(&self);
}

/// A flight's entry in the table. Dropping it, when the flight ends or is cancelled, removes the entry.
pub(crate) struct Registration<T: Clone + Send + Sync + 'static> {
    flights: Arc<Flights<T>>,
    key: u128,
    number: u64,
}

impl<T: Clone + Send + Sync + 'static> Registration<T> {
    /// The request is about to be sent. The lock orders this with the callers that join.
    pub(crate) fn sending(&self, stamp: Stamp) {
        let mut table = self.flights.lock();
        if let Some(entry) = table.flights.get_mut(&self.key)
            && entry.number == self.number
        {
            (entry.stamp, entry.is_sent) = (stamp, true);
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for Registration<T> {
    fn drop(&mut self) {
        let mut table = self.flights.lock();
        if table
            .flights
            .get(&self.key)
            .is_some_and(|entry| entry.number == self.number)
        {
            table.flights.remove(&self.key);
        }
    }
}
