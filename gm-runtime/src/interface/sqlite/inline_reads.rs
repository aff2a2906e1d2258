//! Reads in the calling thread.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use rusqlite::Connection;

use super::cancellation::INTERVAL;
use crate::error::Error;

/// Connections for reads of one row, in whichever thread asks: such a read takes a few microseconds, and the way to
/// another thread and back several times as long. Nobody waits for one: a read that finds none free, or the file
/// busy, goes to the reading threads, and so does one that turns out to be long, such as of a view.
#[derive(Debug, Default)]
pub(super) struct Near(Vec<Mutex<Inline>>);

#[derive(Debug)]
struct Inline {
    connection: Connection,
    /// How often SQLite has asked since the read began whether it is to go on.
    checks: Arc<AtomicU32>,
}

impl Near {
    /// Connections that do not wait for a busy file.
    pub(super) fn new(connections: Vec<Connection>) -> rusqlite::Result<Self> {
        let inline = |mut connection: Connection| {
            let checks = Arc::new(AtomicU32::new(0));
            let counted = Arc::clone(&checks);
            // A statement's instructions are counted over all its runs, so that the first check says nothing of this one.
            let is_long = move || counted.fetch_add(1, Ordering::Relaxed) > 0;
            connection.progress_handler(INTERVAL, Some(is_long))?;
            Ok(Mutex::new(Inline { connection, checks }))
        };
        connections
            .into_iter()
            .map(inline)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What was read; absent when the read belongs on another thread.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let free = self.0.iter().find_map(|connection| match connection.try_lock() {
            Ok(free) => Some(free),
            // A read leaves nothing behind that a panic could break.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })?;
        free.checks.store(0, Ordering::Relaxed);
        match read(&free.connection) {
            Err(Error::Unavailable(_)) => None,
            result => Some(result),
        }
    }
}
