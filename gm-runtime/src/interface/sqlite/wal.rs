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
/// The first delay of reads. It doubles each time that it is too short.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// The longest delay of reads, for each [`PAGES_PER_DELAY`] of the log.
const LONGEST_DELAY: Duration = Duration::from_secs(1);
/// 256 MiB of pages of the default size.
const PAGES_PER_DELAY: u32 = 65_536;
/// The length of the log, in pages, from which its growth causes further delays: 128 MiB.
const RETRY_PAGES: u32 = PAGES_PER_DELAY / 2;
/// The longest pause between restarts that fail because of another process.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
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
    /// The longest duration of the current delay.
    delay: Duration,
    /// The number of failed restarts since the last one that succeeded.
    failures: u32,
    /// When the next delay may begin.
    not_before: Instant,
    /// The length of the log, in pages, from which a delay may begin although a read still runs that outlasted the last one.
    retry_pages: u32,
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
            failures: 0,
            not_before: Instant::now(),
            retry_pages: LONG_PAGES,
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
        let pages = self.pages.load(Ordering::Relaxed);
        let Some(since) = self.delayed_since else {
            if may_checkpoint
                && pages >= LONG_PAGES
                && (pages >= self.retry_pages || !self.reads.has_outlasting())
                && Instant::now() >= self.not_before
            {
                self.delay = longest_delay(self.failures, pages);
                self.reads.close(self.delay);
                self.delayed_since = Some(Instant::now());
            }
            return;
        };
        let is_idle = self.reads.is_idle();
        if !is_idle && since.elapsed() < self.delay {
            return;
        }
        let restarted = is_idle && may_checkpoint && self.restart(connection);
        if !is_idle {
            self.reads.record_outlasted();
        }
        self.delayed_since = None;
        self.reads.open();
        if restarted {
            self.pages.store(0, Ordering::Relaxed);
            self.failures = 0;
            self.retry_pages = LONG_PAGES;
        } else {
            // Reads are not delayed again before the same time has passed. The reads of another process can't be observed, so
            // that pause grows.
            let pause = if is_idle {
                doubled(self.failures).min(LONGEST_PAUSE)
            } else {
                self.delay
            };
            self.not_before = Instant::now() + pause;
            self.failures = self.failures.saturating_add(1);
            self.retry_pages = pages.saturating_add(pages / 2).max(RETRY_PAGES);
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

/// The longest duration of the next delay, after this number of failures and with this length of the log.
fn longest_delay(failures: u32, pages: u32) -> Duration {
    doubled(failures).min(LONGEST_DELAY.max(LONGEST_DELAY * (pages / PAGES_PER_DELAY)))
}

/// The first delay, doubled this number of times.
fn doubled(times: u32) -> Duration {
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(times))
}

impl Drop for Wal {
    fn drop(&mut self) {
        // Delayed reads run before the database is closed.
        self.reads.open();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// A log with a gate of its own, and a made-up length.
    fn wal(pages: u32) -> (Wal, Connection) {
        let mut connection = Connection::open_in_memory().unwrap();
        let wal = Wal::new(&mut connection, Arc::default()).unwrap();
        wal.pages.store(pages, Ordering::Relaxed);
        (wal, connection)
    }

    fn maintain_until(wal: &mut Wal, connection: &Connection, is_delayed: bool) {
        while wal.delayed_since.is_some() != is_delayed {
            wal.maintain(connection, true);
        }
    }

    #[test]
    fn a_delay_exceeds_a_second_only_for_a_long_log() {
        for failures in 0..100 {
            let longest = longest_delay(failures, 2 * PAGES_PER_DELAY - 1);
            assert!(longest <= Duration::from_secs(1), "{failures}: {longest:?}");
        }
        assert_eq!(longest_delay(0, LONG_PAGES), FIRST_DELAY);
        assert_eq!(longest_delay(100, 30 * PAGES_PER_DELAY), Duration::from_secs(30));
    }

    #[test]
    fn a_read_that_outlasts_a_delay_causes_no_other_delay() {
        let (mut wal, connection) = wal(LONG_PAGES);
        let gate = Arc::clone(&wal.reads);
        let long_read = gate.enter();
        maintain_until(&mut wal, &connection, true);
        maintain_until(&mut wal, &connection, false);
        wal.not_before = Instant::now();
        wal.maintain(&connection, true);
        assert!(wal.delayed_since.is_none());
        // A later read has outlasted nothing.
        let next = gate.enter();
        drop(long_read);
        maintain_until(&mut wal, &connection, true);
        drop(next);
        maintain_until(&mut wal, &connection, false);
        assert_eq!(wal.pages.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_log_that_has_grown_causes_another_delay() {
        let (mut wal, connection) = wal(LONG_PAGES);
        let gate = Arc::clone(&wal.reads);
        let _long_read = gate.enter();
        maintain_until(&mut wal, &connection, true);
        maintain_until(&mut wal, &connection, false);
        for pages in [RETRY_PAGES, RETRY_PAGES / 2 * 3] {
            wal.not_before = Instant::now();
            wal.pages.store(pages - 1, Ordering::Relaxed);
            wal.maintain(&connection, true);
            assert!(wal.delayed_since.is_none());
            wal.pages.store(pages, Ordering::Relaxed);
            maintain_until(&mut wal, &connection, true);
            maintain_until(&mut wal, &connection, false);
        }
    }
}
