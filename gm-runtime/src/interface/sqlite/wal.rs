//! The write-ahead log (WAL), which must not grow without end.
//!
//! SQLite brings the log into the file as it is written, and begins it anew when it is all in the file and nobody reads
//! from it. Where reads overlap, somebody always does. So once the log is long, reads that would begin are held until
//! those that run have ended, and the log is begun anew.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// Pages after which the log is brought into the file: SQLite's own default.
const CHECKPOINT: u32 = 1_000;
/// Pages after which reads are held to begin it anew: 8 MiB of the usual pages. Where reads do not overlap, it is begun
/// anew long before.
const LONG: u32 = 2_000;
/// What is left of the log's file when SQLite begins it anew, in bytes: about as many pages.
const FILE: u32 = 8 << 20;
/// How long reads are held at first, in vain; twice as long each time after that.
const FIRST_HOLD: Duration = Duration::from_millis(250);
/// The longest hold. A read ends when its time is over, so that all of them have by then.
const LONGEST_HOLD: Duration = Duration::from_secs(60);
/// How often the writer looks whether the reads have ended, while others are held.
const POLL: Duration = Duration::from_millis(1);
/// How long reads by other processes, and those of one row, may hold up the log's end.
const BUSY: Duration = Duration::from_millis(100);

/// The reads of the reading threads.
#[derive(Default)]
pub(super) struct Readers {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    running: usize,
    /// Until when reads are held at most: the writer may be kept from releasing them.
    held_until: Option<Instant>,
}

/// A read that runs.
pub(super) struct Running<'r>(&'r Readers);

impl Readers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a read, once reads are not held.
    pub(super) fn begin(&self) -> Running<'_> {
        let mut state = self.state();
        while let Some(until) = state.held_until {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                break;
            }
            let waited = self.opened.wait_timeout(state, rest);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.running += 1;
        Running(self)
    }

    fn hold(&self, longest: Duration) {
        self.state().held_until = Some(Instant::now() + longest);
    }

    fn release(&self) {
        self.state().held_until = None;
        self.opened.notify_all();
    }

    fn are_idle(&self) -> bool {
        self.state().running == 0
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.state().running -= 1;
    }
}

/// The log, as the writing thread sees it.
pub(super) struct Wal {
    readers: Arc<Readers>,
    pages: Arc<AtomicU32>,
    busy_timeout: Duration,
    /// When reads began to be held.
    held: Option<Instant>,
    /// How long the next hold may be in vain.
    patience: Duration,
    /// When they may be held again.
    not_before: Instant,
}

impl Wal {
    /// The log of the connection that writes.
    pub(super) fn new(connection: &mut Connection, readers: Arc<Readers>) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&pages);
        // In place of SQLite's own hook, which does the same but for telling how long the log is.
        connection.wal_hook(Some(move |wal: &mut rusqlite::hooks::Wal, pages| {
            seen.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            if seen.load(Ordering::Relaxed) >= CHECKPOINT {
                // What a read still needs stays in the log, until the next time.
                let _ = wal.checkpoint();
            }
            Ok(())
        }))?;
        connection.pragma_update(None, "journal_size_limit", FILE)?;
        let timeout: u32 = connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
        Ok(Self {
            readers,
            pages,
            busy_timeout: Duration::from_millis(timeout.into()),
            held: None,
            patience: FIRST_HOLD,
            not_before: Instant::now(),
        })
    }

    /// How long the writer may wait for its next job, where it would wait this long.
    pub(super) fn wait(&self, usual: Duration) -> Duration {
        if self.held.is_some() { POLL } else { usual }
    }

    /// Holds reads where the log is long, and begins it anew once none runs, where it may be brought into the file. Called
    /// outside a transaction.
    pub(super) fn look(&mut self, connection: &Connection, may_checkpoint: bool) {
        let Some(held) = self.held else {
            if may_checkpoint
                && self.pages.load(Ordering::Relaxed) >= LONG
                && Instant::now() >= self.not_before
            {
                self.readers.hold(self.patience);
                self.held = Some(Instant::now());
            }
            return;
        };
        let is_done = if self.readers.are_idle() {
            may_checkpoint && self.begin_anew(connection)
        } else if held.elapsed() < self.patience {
            return;
        } else {
            false
        };
        self.held = None;
        self.readers.release();
        if is_done {
            self.pages.store(0, Ordering::Relaxed);
            self.patience = FIRST_HOLD;
        } else {
            // The reads that were held have as long to themselves.
            self.not_before = Instant::now() + self.patience;
            self.patience = (self.patience * 2).min(LONGEST_HOLD);
        }
    }

    /// Whether the log is empty now. It is not where another process reads from it.
    fn begin_anew(&self, connection: &Connection) -> bool {
        let begin = || {
            connection.busy_timeout(BUSY)?;
            let busy =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            connection.busy_timeout(self.busy_timeout)?;
            busy
        };
        match begin() {
            Ok(busy) => busy == 0,
            Err(error) => {
                tracing::warn!(%error, "the database's log could not be begun anew");
                false
            }
        }
    }
}

impl Drop for Wal {
    fn drop(&mut self) {
        // The reads that wait are done before the database is closed.
        self.readers.release();
    }
}
