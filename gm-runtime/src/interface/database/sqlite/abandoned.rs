//! Reads that nobody waits for any more.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

/// Instructions of SQLite's between two looks at whether anybody still waits: some hundred microseconds.
const LOOK: i32 = 10_000;

/// Whether anybody waits for a read.
#[derive(Clone, Default)]
pub(super) struct Abandoned(Arc<AtomicBool>);

/// Held by whoever waits.
pub(super) struct Waiting(Abandoned);

/// Held while the read runs on this connection: what it does afterwards is not interrupted.
pub(super) struct Interruptible<'c>(&'c mut Connection);

impl Abandoned {
    pub(super) fn waiting(&self) -> Waiting {
        Waiting(self.clone())
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What runs on this connection fails once it is abandoned. An interrupt from the other thread would be lost where
    /// it comes between two statements.
    pub(super) fn interrupt(self, connection: &mut Connection) -> rusqlite::Result<Interruptible<'_>> {
        connection.progress_handler(LOOK, Some(move || self.is_abandoned()))?;
        Ok(Interruptible(connection))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Deref for Interruptible<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Interruptible<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.progress_handler(0, None::<fn() -> bool>) {
            tracing::error!(%error, "a connection to the database can't be told that its read has ended");
        }
    }
}
