//! When a read of the database ends before it is done: its caller has left, or its time is over.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error;
use crate::error::{Error, QueryError};

/// SQLite's instructions between two checks: some hundred microseconds, unless functions of ours are among them.
pub(super) const INTERVAL: i32 = 10_000;

/// Bytes that functions of ours work through between two checks: about a millisecond.
const BYTES: usize = 64 * 1024;

/// Whether a read is to end. Shared by the caller and the thread that reads.
#[derive(Clone)]
pub(super) struct Cancellation {
    abandoned: Arc<AtomicBool>,
    asked: Instant,
    limit: Duration,
}

/// Held by the caller of a read; cancels it when it is dropped.
pub(super) struct Caller(Arc<AtomicBool>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Cancellation {
    /// Of a read that may take this long from now on.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            abandoned: Arc::default(),
            asked: Instant::now(),
            limit,
        }
    }

    pub(super) fn caller(&self) -> Caller {
        Caller(Arc::clone(&self.abandoned))
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    fn is_late(&self) -> bool {
        self.asked.elapsed() >= self.limit
    }

    /// Reads rows of this manager, for as long as there is a caller and time. An interrupt from another thread would be
    /// lost where it comes between two statements, so SQLite and our functions ask.
    pub(super) fn run<T>(
        self,
        manager: &'static str,
        connection: &mut Connection,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let waited = self.asked.elapsed();
        if waited >= self.limit {
            return Err(WAITED);
        }
        let interruptible = Interruptible::new(connection, self.clone())
            .map_err(|failure| error::failed(failure, "a read"))?;
        let result = read(&interruptible);
        drop(interruptible);
        match result {
            // Whether the read or the others made it late is told by what took longer.
            Err(_) if self.is_late() && waited > self.limit / 2 => Err(WAITED),
            Err(_) if self.is_late() => Err(Error::Query(QueryError::ReadTime {
                manager,
                limit: self.limit,
            })),
            result => result,
        }
    }
}

const WAITED: Error = Error::Unavailable(
    "a read waited for the database's threads longer than `GmBuilder::read_time_limit` allows",
);

thread_local! {
    // SQLite calls our functions without a word of the read that they work for.
    static CURRENT: RefCell<Option<Cancellation>> = const { RefCell::new(None) };
    static WORKED: Cell<usize> = const { Cell::new(0) };
}

/// Ends a function of ours, and so its statement, where the read is to end. Called with the bytes that it has before it.
pub(super) fn check(bytes: usize) -> rusqlite::Result<()> {
    let worked = WORKED.get().saturating_add(bytes);
    if worked < BYTES {
        WORKED.set(worked);
        return Ok(());
    }
    WORKED.set(0);
    let is_over = CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|read| read.is_abandoned() || read.is_late())
    });
    if is_over {
        return Err(rusqlite::Error::UserFunctionError(Box::new(Cancelled)));
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("the read was cancelled")]
struct Cancelled;

/// A connection while a read runs on it: what it does afterwards is not interrupted.
struct Interruptible<'c>(&'c mut Connection);

impl<'c> Interruptible<'c> {
    fn new(connection: &'c mut Connection, read: Cancellation) -> rusqlite::Result<Self> {
        CURRENT.set(Some(read.clone()));
        let interruptible = Self(connection);
        interruptible
            .0
            .progress_handler(INTERVAL, Some(move || read.is_abandoned() || read.is_late()))?;
        Ok(interruptible)
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
        CURRENT.set(None);
        if let Err(error) = self.0.progress_handler(0, None::<fn() -> bool>) {
            tracing::error!(%error, "a connection to the database goes on to be interrupted by a read that has ended");
        }
    }
}
