//! The thread that writes: writes that wait together share one transaction and its commit, and fail alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::{Connection, ErrorCode};

use super::beside::Beside;
use super::error;
use super::queue::{Job, Outcome, Task, WriteJob, panicked};
use super::topics::Topics;
use crate::change::Change;
use crate::error::Error;

/// How often an idle writer looks whether another process wrote to the file.
const POLL: Duration = Duration::from_secs(1);

/// Writes that share one commit at most: beyond, the first would wait long for the last.
const MAX_BATCH: usize = 256;

/// Transactions for which writes have a savepoint each once one has failed among others.
const WARY_FOR: u8 = 64;

pub(super) struct Writer {
    connection: Connection,
    jobs: Receiver<Job>,
    topics: Arc<Topics>,
    // Differs from what SQLite says when another connection has committed since.
    data_version: i64,
    beside: Beside,
    /// No other connection has changed the schema since `beside` looked; this one makes nothing that matters to it.
    schema_is_known: bool,
    /// For how many more transactions each write has a savepoint.
    wary: u8,
}

/// A write that was carried out, before its commit.
struct Pending {
    job: WriteJob,
    outcome: Outcome,
}

impl Pending {
    fn answer(self) {
        self.job.answer(self.outcome.map(|carried| carried.done));
    }
}

impl Writer {
    pub(super) fn new(
        mut connection: Connection,
        jobs: Receiver<Job>,
        topics: Arc<Topics>,
    ) -> rusqlite::Result<Self> {
        let data_version = data_version(&connection)?;
        let beside = Beside::of(&mut connection)?;
        Ok(Self {
            connection,
            jobs,
            topics,
            data_version,
            beside,
            schema_is_known: true,
            wary: 0,
        })
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            match self.jobs.recv_timeout(POLL) {
                Ok(Job::Write(first)) => {
                    if let Some(task) = self.batch(first) {
                        self.task(task);
                    }
                }
                Ok(Job::Task(task)) => self.task(task),
                Err(RecvTimeoutError::Timeout) => self.notice_others(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Err(error) = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        {
            tracing::warn!(%error, "the database's log could not be brought into its file; it will be when it is next opened");
        }
    }

    fn task(&mut self, task: Task) {
        // The caller's half of the reply channel is dropped, which tells it.
        if catch_unwind(AssertUnwindSafe(|| task(&mut self.connection))).is_err() {
            tracing::error!("a task on the database's writing thread panicked");
        }
    }

    /// Carries out the first write and those that wait behind it, and answers them. Gives back a task that it met,
    /// which must not run inside the transaction.
    fn batch(&mut self, first: WriteJob) -> Option<Task> {
        if let Err(error) = self.begin() {
            self.refuse_waiting(first, &error);
            return None;
        }
        let mut batch = Vec::new();
        let mut task = None;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            // The first can be undone with the whole transaction.
            let has_savepoint = self.wary > 0 && !batch.is_empty();
            let outcome = if has_savepoint {
                self.in_savepoint(&job)
            } else {
                self.carry_out(&job)
            };
            let failed = outcome.is_err();
            batch.push(Pending { job, outcome });
            // Some errors, such as a full disk, end the whole transaction.
            if self.connection.is_autocommit() {
                fail_all(batch);
                return task;
            }
            if failed && !has_savepoint {
                self.undo(batch);
                return task;
            }
            if batch.len() < MAX_BATCH {
                match self.jobs.try_recv() {
                    Ok(Job::Write(job)) => next = Some(job),
                    Ok(Job::Task(other)) => task = Some(other),
                    Err(_) => {}
                }
            }
        }
        self.wary = self.wary.saturating_sub(1);
        self.commit(batch);
        task
    }

    /// Undoes a transaction whose last write failed and had no savepoint, and carries those before it out again.
    ///
    /// A savepoint costs one or two microseconds, and most writes succeed. Where they do not, the next ones have
    /// savepoints, so that whoever sends what fails does not make others' writes be done twice each time.
    fn undo(&mut self, mut batch: Vec<Pending>) {
        self.roll_back();
        if batch.len() == 1 {
            for pending in batch.drain(..) {
                pending.answer();
            }
            return;
        }
        self.wary = WARY_FOR;
        if let Err(error) = self.begin() {
            for pending in batch {
                pending.job.answer(Err(error.clone()));
            }
            return;
        }
        let mut jobs = batch.into_iter().map(|pending| pending.job);
        let mut again = Vec::new();
        for job in jobs.by_ref() {
            let outcome = self.in_savepoint(&job);
            again.push(Pending { job, outcome });
            if self.connection.is_autocommit() {
                break;
            }
        }
        if self.connection.is_autocommit() {
            fail_all(again);
        } else {
            self.commit(again);
        }
        // Those that the end of the transaction left over.
        for job in jobs {
            self.alone(job);
        }
    }

    fn begin(&mut self) -> Result<(), Error> {
        // Where the last one could not be rolled back, this one must not become a part of it.
        self.roll_back();
        self.execute("BEGIN IMMEDIATE")?;
        self.beside.forget();
        // Nobody else can write now, so what others wrote before is seen and not taken for our own.
        self.notice_others();
        if !self.schema_is_known {
            self.beside.look(&mut self.connection).map_err(|error| {
                // An idle writer must not keep others from the file.
                self.roll_back();
                error::failed(error, "a transaction of writes")
            })?;
            self.schema_is_known = true;
        }
        Ok(())
    }

    fn carry_out(&self, job: &WriteJob) -> Outcome {
        let write = || catch_unwind(AssertUnwindSafe(|| job.table.write(&self.connection, &job.write)));
        self.beside
            .note(&self.connection, job.table.name(), write)
            .unwrap_or_else(|_| Err(panicked()))
    }

    /// Carries a write out so that it is undone alone where it fails, whatever triggers did.
    fn in_savepoint(&self, job: &WriteJob) -> Outcome {
        self.execute("SAVEPOINT one")?;
        let outcome = self.carry_out(job);
        if self.connection.is_autocommit() {
            return outcome;
        }
        let undone = match &outcome {
            Ok(_) => Ok(()),
            Err(_) => self.execute("ROLLBACK TO one"),
        };
        if let Err(error) = undone.and_then(|()| self.execute("RELEASE one")) {
            // What can't be undone alone must not be committed with the others.
            tracing::error!(%error, "a write could not be undone alone");
            self.roll_back();
            return Err(error);
        }
        outcome
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn commit(&mut self, batch: Vec<Pending>) {
        match self
            .connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]))
        {
            Ok(_) => {
                // Every subscriber knows before any caller does.
                for pending in &batch {
                    if let Ok(change) = pending.outcome.as_ref().map(|carried| carried.change.as_ref())
                        && let Some(change) = change
                    {
                        pending.job.table.topics().publish(change);
                    }
                }
                self.beside.publish(&self.topics);
                for pending in batch {
                    pending.answer();
                }
            }
            Err(failure) => self.commit_failed(batch, failure),
        }
    }

    fn commit_failed(&mut self, batch: Vec<Pending>, failure: rusqlite::Error) {
        self.roll_back();
        // A constraint that is checked at the commit: which of the writes broke it shows when each has its own.
        if failure.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) && batch.len() > 1 {
            for pending in batch {
                self.alone(pending.job);
            }
            return;
        }
        tracing::error!(error = %failure, "a commit failed");
        let error = match batch.as_slice() {
            [only] => only.job.table.error(failure),
            _ => error::general(&failure).unwrap_or_else(|| error::failed(failure, "a commit")),
        };
        let certainly_not_written = matches!(error, Error::Conflict { .. } | Error::Unavailable(_));
        for pending in &batch {
            // Subscribers are told that anything may be different when that is all that is known.
            if !certainly_not_written
                && pending
                    .outcome
                    .as_ref()
                    .is_ok_and(|carried| carried.change.is_some())
            {
                pending.job.table.topics().publish(&Change::refresh());
            }
        }
        if !certainly_not_written {
            self.beside.publish(&self.topics);
        }
        for pending in batch {
            pending.job.answer(Err(error.clone()));
        }
    }

    fn alone(&mut self, job: WriteJob) {
        match self.begin() {
            Ok(()) => {
                let outcome = self.in_savepoint(&job);
                let batch = vec![Pending { job, outcome }];
                if self.connection.is_autocommit() {
                    fail_all(batch);
                } else {
                    self.commit(batch);
                }
            }
            Err(error) => {
                job.answer(Err(error));
            }
        }
    }

    /// Whoever waits behind a write that could not begin has waited as long: they are answered too, instead of each
    /// of them waiting out the busy timeout in turn.
    fn refuse_waiting(&mut self, first: WriteJob, error: &Error) {
        // Counted before anybody is answered: who comes after that has not waited.
        let waiting = self.jobs.len();
        first.answer(Err(error.clone()));
        for _ in 0..waiting {
            match self.jobs.try_recv() {
                Ok(Job::Write(job)) => {
                    job.answer(Err(error.clone()));
                }
                Ok(Job::Task(task)) => self.task(task),
                Err(_) => break,
            }
        }
    }

    /// Tells everybody when another connection, of this process or of another, has written to the file.
    fn notice_others(&mut self) {
        match data_version(&self.connection) {
            Ok(version) if version != self.data_version => {
                self.data_version = version;
                self.schema_is_known = false;
                self.topics.refresh();
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the database could not be asked whether others wrote to it")
            }
        }
    }

    fn execute(&self, text: &str) -> Result<(), Error> {
        self.connection
            .prepare_cached(text)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(|error| {
                error::general(&error).unwrap_or_else(|| error::failed(error, "a transaction of writes"))
            })
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}

/// Answers the writes of a transaction that SQLite has rolled back by itself.
fn fail_all(mut batch: Vec<Pending>) {
    let cause = batch
        .last_mut()
        .and_then(|pending| pending.outcome.as_ref().err().cloned())
        .unwrap_or_else(|| Error::Unavailable("the writes that shared a commit were rolled back"));
    for pending in batch {
        let error = pending.outcome.err().unwrap_or_else(|| cause.clone());
        pending.job.answer(Err(error));
    }
}
