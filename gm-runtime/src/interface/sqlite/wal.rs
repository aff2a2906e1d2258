//! Checkpoints of the write-ahead log (WAL), and a bound for its size.
//!
//! SQLite restarts the log when all of it is in the file and no read uses it. Under overlapping reads, that never happens.
//! So once the log is long, the writer delays new reads until the running ones have ended, and restarts the log.
//! `docs/design/storage.md`, section The write-ahead log, gives the reasons for the numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::read_gate::ReadGate;

/// The length of the log, in pages, from which each commit checkpoints it. This is SQLite's own default.
const CHECKPOINT_PAGES: u32 = 1_000;
/// The length of the log, in pages, from which reads are delayed to restart it: 8 MiB of pages of the default size.
const LONG_PAGES: u32 = 2_000;
/// The size to which SQLite truncates the log's file at a restart, in bytes.
const FILE_BYTES: u32 = 8 << 20;
/// The first delay of reads. It doubles each time that a restart fails.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// The longest delay of reads. Every running read reaches its time limit within it.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// The writer's poll interval while reads are delayed.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
/// How long a restart waits for inline reads and for reads of other processes.
const RESTART_BUSY_TIMEOUT: Duration = Duration::from_millis(100);

/// The log, from the writing thread's view.
pub(super) struct Wal {
    reads: Arc<ReadGate>,
    pages: Arc<AtomicU32>,
    busy_timeout: Duration,
    /// Since when reads are delayed.
    delayed_since: Option<Instant>,
    /// The longest duration of the next delay.
    delay: Duration,
    /// When the next delay may begin.
    not_before: Instant,
}

impl Wal {
    /// The log of the connection that writes.
    pub(super) fn new(connection: &mut Connection, reads: Arc<ReadGate>) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let length = Arc::clone(&pages);
        // Replaces SQLite's own hook, which checkpoints at the same length but does not report it.
        connection.wal_hook(Some(move |wal: &mut rusqlite::hooks::Wal, pages| {
            length.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            if length.load(Ordering::Relaxed) >= CHECKPOINT_PAGES {
                // Pages that a read still uses stay in the log until a later checkpoint.
                let _ = wal.checkpoint();
            }
            Ok(())
        }))?;
        connection.pragma_update(None, "journal_size_limit", FILE_BYTES)?;
        let timeout: u32 = connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
        Ok(Self {
            reads,
            pages,
            busy_timeout: Duration::from_millis(timeout.into()),
            delayed_since: None,
            delay: FIRST_DELAY,
            not_before: Instant::now(),
        })
    }

    /// How long the writer may wait for its next job.
    pub(super) fn poll_interval(&self, usual: Duration) -> Duration {
        if self.delayed_since.is_some() {
            POLL_INTERVAL
        } else {
            usual
        }
    }

    /// Delays reads if the log is long, and restarts it once no read runs. The writer calls this outside of transactions.
    pub(super) fn maintain(&mut self, connection: &Connection, may_checkpoint: bool) {
        let Some(since) = self.delayed_since else {
            if may_checkpoint
                && self.pages.load(Ordering::Relaxed) >= LONG_PAGES
                && Instant::now() >= self.not_before
            {
                self.reads.close(self.delay);
                self.delayed_since = Some(Instant::now());
            }
            return;
        };
        let restarted = if self.reads.is_idle() {
            may_checkpoint && self.restart(connection)
        } else if since.elapsed() < self.delay {
            return;
        } else {
            false
        };
        self.delayed_since = None;
        self.reads.open();
        if restarted {
            self.pages.store(0, Ordering::Relaxed);
            self.delay = FIRST_DELAY;
        } else {
            // Reads are not delayed again before the same time has passed.
            self.not_before = Instant::now() + self.delay;
            self.delay = (self.delay * 2).min(LONGEST_DELAY);
        }
    }

    /// Empties the log. Returns `false` if another process reads from it.
    fn restart(&self, connection: &Connection) -> bool {
        let restart = || {
            connection.busy_timeout(RESTART_BUSY_TIMEOUT)?;
            let busy =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            connection.busy_timeout(self.busy_timeout)?;
            busy
        };
        match restart() {
            Ok(busy) => busy == 0,
            Err(error) => {
                tracing::warn!(%error, "the database's write-ahead log could not be restarted");
                false
            }
        }
    }
}

impl Drop for Wal {
    fn drop(&mut self) {
        // Delayed reads run before the database is closed.
        self.reads.open();
    }
}
