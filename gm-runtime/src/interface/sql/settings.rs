//! The settings that databases share.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::Synchronous;
use crate::interface::{Retention, TransactionTimeLimit};

/// The settings of a database, whichever it is. A database ignores those that mean nothing to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// The threads that read, or the connections for lists.
    pub(crate) readers: NonZeroUsize,
    /// The connections for reads of one row.
    pub(crate) point_connections: NonZeroUsize,
    /// How long a write waits for a lock.
    pub(crate) busy_timeout: Duration,
    pub(crate) synchronous: Synchronous,
    /// The most reads, and the most writes, that wait.
    pub(crate) queue: NonZeroUsize,
    /// The interval between two heartbeats of the change feed.
    pub(crate) heartbeat: Duration,
    /// The connections for transactions.
    pub(crate) transactions: NonZeroUsize,
    /// The time limit of a transaction.
    pub(crate) transaction_time: TransactionTimeLimit,
    /// How long the answers of requests with an idempotency key are stored.
    pub(crate) retention: Retention,
}

// Two, so that one slow query does not block every other read. More threads than cores would not read more.
const MIN_READERS: NonZeroUsize = NonZeroUsize::new(2).unwrap();
const MAX_READERS: NonZeroUsize = NonZeroUsize::new(4).unwrap();
const MAX_POINT_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(8).unwrap();
// Transactions of the application are rarer than other writes, and each has a connection alone.
const TRANSACTIONS: NonZeroUsize = NonZeroUsize::new(4).unwrap();
const QUEUE_SIZE: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().unwrap_or(MIN_READERS);
        Self {
            readers: cores.clamp(MIN_READERS, MAX_READERS),
            point_connections: cores.min(MAX_POINT_CONNECTIONS),
            busy_timeout: Duration::from_secs(5),
            synchronous: Synchronous::Full,
            queue: QUEUE_SIZE,
            heartbeat: Duration::from_secs(2),
            transactions: TRANSACTIONS,
            transaction_time: TransactionTimeLimit::default(),
            retention: Retention::none(),
        }
    }
}
