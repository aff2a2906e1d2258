//! Inline reads: reads of one row on the calling thread.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use rusqlite::Connection;

use crate::error::Error;

/// SQLite's instructions between two checks. The read of a table's row takes about ten.
const CHECK_INTERVAL: i32 = 10_000;

/// Connections for inline reads of rows of tables.
///
/// A read of one row takes a few microseconds, and a hand-over to another thread and back several times as long. An
/// inline read never waits. Where every connection is in use, the file is locked, or the read turns out to be long, the
/// caller sends the read to the reading threads instead. A row of a view is never read inline, because a single instruction
/// may take long there.
#[derive(Debug, Default)]
pub(super) struct InlineReaders(Vec<Mutex<InlineReader>>);

#[derive(Debug)]
struct InlineReader {
    connection: Connection,
    /// The calls of the progress handler since the read began.
    checks: Arc<AtomicU32>,
}

impl InlineReaders {
    /// Takes connections whose busy timeout is zero.
    pub(super) fn new(connections: Vec<Connection>) -> rusqlite::Result<Self> {
        let reader = |mut connection: Connection| {
            let checks = Arc::new(AtomicU32::new(0));
            let counter = Arc::clone(&checks);
            // SQLite counts the instructions of a prepared statement across its runs, so the first call may come early.
            let is_long = move || counter.fetch_add(1, Ordering::Relaxed) > 0;
            connection.progress_handler(CHECK_INTERVAL, Some(is_long))?;
            Ok(Mutex::new(InlineReader { connection, checks }))
        };
        connections
            .into_iter()
            .map(reader)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Reads on a free connection. `None` if the read belongs on a reading thread.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let reader = self.0.iter().find_map(|reader| match reader.try_lock() {
            Ok(reader) => Some(reader),
            // A panic can't corrupt the connection, because a read changes nothing.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })?;
        reader.checks.store(0, Ordering::Relaxed);
        match read(&reader.connection) {
            Err(Error::Unavailable(_)) => None,
            result => Some(result),
        }
    }
}
