//! Reads in the calling thread.

use std::sync::{Mutex, TryLockError};

use rusqlite::Connection;

use crate::error::Error;

/// Connections for reads of one row, in whichever thread asks: such a read takes a few microseconds, and the way to
/// another thread and back several times as long. Nobody waits for one: a read that finds none free, or the file
/// busy, goes to the reading threads.
#[derive(Debug, Default)]
pub(super) struct Near(Vec<Mutex<Connection>>);

impl Near {
    /// Connections that do not wait for a busy file.
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Self(connections.into_iter().map(Mutex::new).collect())
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
        match read(&free) {
            Err(Error::Unavailable(_)) => None,
            result => Some(result),
        }
    }
}
