//! The metrics of a whole handle, which are read before each scrape.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use metrics::{Gauge, gauge};

use super::names::{
    CACHE_ENTRIES, CACHE_SIZE, CLIENT_CONNECTIONS, DATABASE_QUEUE, WRITES_IN_FLIGHT, describe,
};
use super::server_address::address_labels;

/// The metrics of a handle.
pub(crate) struct HandleMetrics {
    writes: Gauge,
    entries: Gauge,
    size: Gauge,
    queues: [Gauge; 2],
    /// By the origin of the owner, which is known at the first use of a manager.
    connections: Mutex<BTreeMap<String, Gauge>>,
}

impl HandleMetrics {
    pub(crate) fn new() -> Self {
        describe();
        Self {
            writes: gauge!(WRITES_IN_FLIGHT),
            entries: gauge!(CACHE_ENTRIES),
            size: gauge!(CACHE_SIZE),
            queues: ["reads", "writes"].map(|queue| gauge!(DATABASE_QUEUE, "gm.queue" => queue)),
            connections: Mutex::default(),
        }
    }

    pub(crate) fn set_writes(&self, in_flight: usize) {
        self.writes.set(in_flight as f64);
    }

    /// The cached answers, and their estimated bytes.
    pub(crate) fn set_cache(&self, entries: u64, bytes: u64) {
        self.entries.set(entries as f64);
        self.size.set(bytes as f64);
    }

    /// The reads and the writes that wait for the database.
    pub(crate) fn set_queues(&self, waiting: [usize; 2]) {
        for (gauge, waiting) in self.queues.iter().zip(waiting) {
            gauge.set(waiting as f64);
        }
    }

    /// The connection slots in use, of the owner with this origin.
    pub(crate) fn set_connections(&self, origin: &str, used: usize) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let gauge = match connections.get(origin) {
            Some(gauge) => gauge,
            None => connections
                .entry(origin.to_owned())
                .or_insert_with(|| gauge!(CLIENT_CONNECTIONS, address_labels(origin).to_vec())),
        };
        gauge.set(used as f64);
    }
}
