//! Cancellation of reads, when the caller drops its future, and the time limits of reads and writes.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::{Error, QueryError};

/// SQLite's instructions between two checks: about ten microseconds. An instruction can't be interrupted, and each may load and
/// compare megabytes.
const CHECK_INTERVAL: i32 = 250;

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
        connection: &Connection,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let waited = self.requested_at.elapsed();
        if waited >= self.limit {
            return Err(WAITED_TOO_LONG);
        }
        let limited = Limited::new(Current::Read(self.clone()));
        let result = read(connection);
        drop(limited);
        match result {
            // The larger part of the time decides whether the queue or the read itself was too slow.
            Err(_) if self.is_late() && waited > self.limit / 2 => Err(WAITED_TOO_LONG),
            Err(_) if self.is_late() => Err(Error::Query(QueryError::ReadTimeout {
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
    // SQLite calls progress handlers and application-defined functions without any context.
    static CURRENT: RefCell<Current> = const { RefCell::new(Current::Unlimited) };
    static PROCESSED: Cell<usize> = const { Cell::new(0) };
}

/// What the connection of this thread executes.
enum Current {
    /// Statements without a limit, such as those that read the schema.
    Unlimited,
    Read(Cancellation),
    Write {
        limit: Duration,
        /// The time of the first check. Most writes end before it, and so never read the clock.
        first_check: Option<Instant>,
        was_ended: bool,
    },
}

impl Current {
    fn must_end(&mut self) -> bool {
        match self {
            Self::Unlimited => false,
            Self::Read(read) => read.is_cancelled() || read.is_late(),
            Self::Write {
                limit,
                first_check,
                was_ended,
            } => {
                *was_ended |= first_check.get_or_insert_with(Instant::now).elapsed() >= *limit;
                *was_ended
            }
        }
    }
}

fn must_end() -> bool {
    CURRENT.with_borrow_mut(Current::must_end)
}

/// Installs the progress handler that interrupts reads and writes. The connection must stay on one thread.
pub(super) fn install(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.progress_handler(CHECK_INTERVAL, Some(must_end))
}

/// Fails an application-defined function, and so its statement, if the read or the write must end. The function passes the
/// number of bytes that it is about to process.
pub(super) fn check(bytes: usize) -> rusqlite::Result<()> {
    let processed = PROCESSED.get().saturating_add(bytes);
    if processed < CHECK_BYTES {
        PROCESSED.set(processed);
        return Ok(());
    }
    PROCESSED.set(0);
    if must_end() {
        return Err(rusqlite::Error::UserFunctionError(Box::new(Cancelled)));
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("the read or the write was cancelled")]
struct Cancelled;

/// The limits of this thread's statements, until it is dropped.
struct Limited;

impl Limited {
    fn new(current: Current) -> Self {
        CURRENT.set(current);
        Self
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        CURRENT.set(Current::Unlimited);
    }
}

/// A write with a time limit, which begins with this value and ends with its drop.
pub(super) struct LimitedWrite {
    _limited: Limited,
}

impl LimitedWrite {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            _limited: Limited::new(Current::Write {
                limit,
                first_check: None,
                was_ended: false,
            }),
        }
    }

    /// Whether the write was interrupted at its limit.
    pub(super) fn was_ended(&self) -> bool {
        CURRENT.with_borrow(|current| matches!(current, Current::Write { was_ended: true, .. }))
    }
}
