//! Requests under way, so that many callers who miss at once share one.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::Stamp;
use super::store::IdentityHasher;
use super::sync::{Mutex, MutexGuard};

/// A request under way. Whoever waits for it drives it: a caller that leaves, by a deadline of its own or otherwise,
/// leaves it to the others, and the last one that leaves ends the request.
pub(crate) type Flight<T> = Shared<BoxFuture<'static, T>>;

/// The requests under way, by what they ask for.
pub(crate) struct Flights<T: Clone> {
    table: Mutex<Table<T>>,
}

struct Table<T: Clone> {
    flights: HashMap<u128, Entry<T>, BuildHasherDefault<IdentityHasher>>,
    started: u64,
}

struct Entry<T: Clone> {
    stamp: Stamp,
    is_sent: bool,
    number: u64,
    // The waiters own the flight, so that it ends with the last of them.
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

    /// Holds back everybody else who wants to fly, for the moment that it takes to decide.
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

/// One caller's turn to join a flight or to launch one.
pub(crate) struct FlightSlot<'a, T: Clone> {
    flights: &'a Arc<Flights<T>>,
    table: MutexGuard<'a, Table<T>>,
    key: u128,
}

impl<T: Clone + Send + Sync + 'static> FlightSlot<'_, T> {
    /// The flight under way, where its stamp and whether it is sent let this caller join.
    pub(crate) fn join(&self, admits: impl FnOnce(Stamp, bool) -> bool) -> Option<Flight<T>> {
        self.table
            .flights
            .get(&self.key)
            .filter(|entry| admits(entry.stamp, entry.is_sent))
            .and_then(|entry| entry.flight.upgrade())
    }

    /// A new flight, which others find from now on.
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

/// What a flight does when its request leaves.
pub(crate) trait SendHook: Send + Sync {
    /// The request leaves now. Others joined before it did; from now on they ask whether it is still valid.
    fn sending(&self);
}

/// The flight's own hold on its place in the table, which it gives up when it ends, in whichever way.
pub(crate) struct Registration<T: Clone + Send + Sync + 'static> {
    flights: Arc<Flights<T>>,
    key: u128,
    number: u64,
}

impl<T: Clone + Send + Sync + 'static> Registration<T> {
    /// The request leaves now. Under the lock, so that who joined before did so before the request left.
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
