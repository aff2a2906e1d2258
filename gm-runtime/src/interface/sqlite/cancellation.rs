//! Cancellation of reads: when the caller drops its future, and at the read time limit.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error;
use crate::error::{Error, QueryError};

/// SQLite's instructions between two checks: some hundred microseconds, without the time of application-defined functions.
pub(super) const CHECK_INTERVAL: i32 = 10_000;

/// Bytes that application-defined functions process between two checks: about a millisecond.
const CHECK_BYTES: usize = 64 * 1024;

/// Whether a read must end. The caller and the thread that reads share it.
#[derive(Clone)]
pub(super) struct Cancellation {
    cancelled: Arc<AtomicBool>,
    requested_at: Instant,
    limit: Duration,
}

/// Cancels a read when it is dropped. The caller of the read holds it.
pub(super) struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Cancellation {
    /// The cancellation of a read that is requested now and has this time limit.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            cancelled: Arc::default(),
            requested_at: Instant::now(),
            limit,
        }
    }

    pub(super) fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(Arc::clone(&self.cancelled))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn is_late(&self) -> bool {
        self.requested_at.elapsed() >= self.limit
    }

    /// Runs a read of this manager's rows until it ends, is cancelled, or reaches its time limit.
    ///
    /// SQLite and the application-defined functions check the cancellation themselves, because `sqlite3_interrupt` from
    /// another thread has no effect between two statements.
    pub(super) fn run<T>(
        self,
        manager: &'static str,
        connection: &mut Connection,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let waited = self.requested_at.elapsed();
        if waited >= self.limit {
            return Err(WAITED_TOO_LONG);
        }
        let interruptible = Interruptible::new(connection, self.clone())
            .map_err(|failure| error::or_storage(failure, "a read"))?;
        let result = read(&interruptible);
        drop(interruptible);
        match result {
            // The larger part of the time decides whether the queue or the read itself was too slow.
            Err(_) if self.is_late() && waited > self.limit / 2 => Err(WAITED_TOO_LONG),
            Err(_) if self.is_late() => Err(Error::Query(QueryError::ReadTime {
                manager,
                limit: self.limit,
            })),
            result => result,
        }
    }
}

const WAITED_TOO_LONG: Error = Error::Unavailable(
    "a read waited for the database's threads longer than `GmBuilder::read_time_limit` allows",
);

thread_local! {
    // SQLite calls application-defined functions without any context of the read.
    static CURRENT: RefCell<Option<Cancellation>> = const { RefCell::new(None) };
    static PROCESSED: Cell<usize> = const { Cell::new(0) };
}

/// Fails an application-defined function, and so its statement, if the read must end. The function passes the number of
/// bytes that it is about to process.
pub(super) fn check(bytes: usize) -> rusqlite::Result<()> {
    let processed = PROCESSED.get().saturating_add(bytes);
    if processed < CHECK_BYTES {
        PROCESSED.set(processed);
        return Ok(());
    }
    PROCESSED.set(0);
    let must_end = CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|read| read.is_cancelled() || read.is_late())
    });
    if must_end {
        return Err(rusqlite::Error::UserFunctionError(Box::new(Cancelled)));
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("the read was cancelled")]
struct Cancelled;

/// A connection during a read. Later statements on the connection are not interrupted.
struct Interruptible<'c>(&'c mut Connection);

impl<'c> Interruptible<'c> {
    fn new(connection: &'c mut Connection, read: Cancellation) -> rusqlite::Result<Self> {
        CURRENT.set(Some(read.clone()));
        let interruptible = Self(connection);
        interruptible.0.progress_handler(
            CHECK_INTERVAL,
            Some(move || read.is_cancelled() || read.is_late()),
        )?;
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
            tracing::error!(%error, "the interrupt handler of a finished read could not be removed from its connection");
        }
    }
}
