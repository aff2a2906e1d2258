//! The thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::Connection;

use super::bulk_job::BulkJob;
use super::connection::ConnectOptions;
use super::error::{self, cannot_open};
use super::file_watch::{CHECK_INTERVAL, FileWatch, LostFile};
use super::job::{Task, WriteJob};
use super::read_gate::ReadGate;
use super::side_effects::SideEffects;
use super::stored_answers::StoredAnswers;
use super::topics::Topics;
use super::transaction_job::TransactionJob;
use super::wal::Wal;
use super::writer_job::Job;
use crate::error::Error;
use crate::features::telemetry::CommitMetrics;
use crate::health::Beat;

/// The writing thread's state. `group_commit` executes its writes.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) files: FileWatch,
    pub(super) jobs: Receiver<Job>,
    pub(super) topics: Arc<Topics>,
    /// SQLite's counter of commits by other connections, at the last check.
    data_version: i64,
    pub(super) side_effects: SideEffects,
    pub(super) answers: Arc<StoredAnswers>,
    /// Whether the schema is unchanged since it was last read. Other connections may change it, and this one makes no change
    /// that matters.
    schema_is_known: bool,
    /// The version of the schema that was last read.
    schema_version: i64,
    /// The number of further transactions in which each write gets a savepoint.
    pub(super) savepoint_transactions: u8,
    wal: Wal,
    pub(super) commits: CommitMetrics,
    /// The time limit of a write. The writes behind it wait as long.
    pub(super) write_time: Duration,
}

impl Writer {
    pub(super) fn new(
        options: &ConnectOptions,
        write_time: Duration,
        lost: LostFile,
        jobs: Receiver<Job>,
        topics: Arc<Topics>,
        reads: Arc<ReadGate>,
        answers: Arc<StoredAnswers>,
    ) -> Result<Self, Error> {
        let mut connection = options.writer()?;
        let data_version = data_version(&connection).map_err(cannot_open)?;
        let schema_version = schema_version(&connection).map_err(cannot_open)?;
        let side_effects = SideEffects::new(&mut connection).map_err(cannot_open)?;
        let wal = Wal::new(&mut connection, reads).map_err(cannot_open)?;
        Ok(Self {
            files: FileWatch::new(&options.location, &connection, lost),
            connection,
            jobs,
            topics,
            data_version,
            side_effects,
            answers,
            schema_is_known: true,
            schema_version,
            savepoint_transactions: 0,
            wal,
            commits: CommitMetrics::new("sqlite"),
            write_time,
        })
    }

    /// Does jobs until the queue is closed and empty. `write` executes a write and those behind it in the queue. It returns
    /// a job of another kind that it received from the queue, since such a job must not run inside the transaction.
    pub(super) fn run(
        mut self,
        beat: &Beat,
        write: impl Fn(&mut Self, WriteJob) -> Option<Job>,
        transaction: impl Fn(&mut Self, TransactionJob),
        write_many: impl Fn(&mut Self, BulkJob),
    ) {
        loop {
            beat.turn();
            match self.jobs.recv_timeout(self.wal.poll_interval(CHECK_INTERVAL)) {
                Ok(job) => {
                    let mut next = Some(job);
                    while let Some(job) = next.take() {
                        beat.turn();
                        match job {
                            Job::Write(job) => next = write(&mut self, job),
                            Job::Transaction(job) => transaction(&mut self, job),
                            Job::Bulk(job) => write_many(&mut self, *job),
                            Job::Task(task) => self.run_task(task),
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.check_file();
                    self.check_other_commits();
                    // Reads must know what is a view. After a failure, the next write checks again.
                    let _ = self.check_schema();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.wal.maintain(&self.connection, self.files.may_checkpoint());
        }
        self.checkpoint();
        self.files.lost().prepare_close(&self.connection);
    }

    /// Moves the log into the file, and empties it.
    fn checkpoint(&self) {
        if self.files.may_checkpoint()
            && let Err(error) = self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        {
            tracing::warn!(
                %error,
                "the database's write-ahead log could not be moved into its file; the next start does that"
            );
        }
    }

    pub(super) fn run_task(&mut self, task: Task) {
        // A panic drops the reply channel, so the caller receives an error.
        if catch_unwind(AssertUnwindSafe(|| task(&mut self.connection))).is_err() {
            tracing::error!("a task on the database's writing thread panicked");
        }
    }

    /// Publishes a refresh of everything if another connection, of this process or another one, has committed.
    pub(super) fn check_other_commits(&mut self) {
        match data_version(&self.connection) {
            Ok(version) if version != self.data_version => {
                self.data_version = version;
                self.schema_is_known = false;
                self.topics.publish_refresh();
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the check for commits of other connections to the database failed");
            }
        }
    }

    /// Closes the subscribers' sockets if the file is lost, because other processes no longer see what is written.
    pub(super) fn check_file(&mut self) {
        if self.files.check(&self.connection) {
            self.topics.end();
            // The log belongs to the old file, and must not become a part of another one.
            self.checkpoint();
        }
    }

    /// Reads the schema again if another connection has changed it.
    pub(super) fn check_schema(&mut self) -> rusqlite::Result<()> {
        if self.schema_is_known {
            return Ok(());
        }
        let version = schema_version(&self.connection)?;
        if self.schema_version != version {
            self.side_effects.read_schema(&mut self.connection)?;
            self.topics.read_schema(&mut self.connection);
            self.schema_version = version;
        }
        self.schema_is_known = true;
        Ok(())
    }

    pub(super) fn execute(&self, text: &str) -> Result<(), Error> {
        self.connection
            .prepare_cached(text)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(|error| error::or_storage(error, "a transaction of writes"))
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}

fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA schema_version")?
        .query_row([], |row| row.get(0))
}
