//! The thread that writes: writes that wait together share one transaction and its commit, and fail alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::{Connection, ErrorCode};

use super::connection::Opening;
use super::file_watch::{self, Files, Lost};
use super::queue::{Job, Outcome, Task, WriteJob, panicked};
use super::side_effects::Beside;
use super::topics::{Refreshed, Topics};
use super::wal::{Readers, Wal};
use super::{cannot_open, error};
use crate::change::Change;
use crate::error::Error;

/// Writes that share one commit at most: beyond, the first would wait long for the last.
const MAX_BATCH: usize = 256;

/// Transactions for which writes have a savepoint each once one has failed among others.
const WARY_FOR: u8 = 64;

pub(super) struct Writer {
    connection: Connection,
    files: Files,
    jobs: Receiver<Job>,
    topics: Arc<Topics>,
    // Differs from what SQLite says when another connection has committed since.
    data_version: i64,
    beside: Beside,
    /// No other connection has changed the schema since `beside` looked; this one makes nothing that matters to it.
    schema_is_known: bool,
    /// Of the schema that `beside` looked at.
    schema_version: i64,
    /// For how many more transactions each write has a savepoint.
    wary: u8,
    wal: Wal,
}

/// A write that was carried out, before its commit.
struct Pending {
    job: WriteJob,
    outcome: Outcome,
}

impl Pending {
    /// What subscribers are to be told of it.
    fn change(&self) -> Option<&Change> {
        self.outcome.as_ref().ok()?.change.as_ref()
    }

    fn answer(self) {
        self.job.answer(self.outcome.map(|carried| carried.done));
    }
}

impl Writer {
    pub(super) fn new(
        opening: &Opening,
        lost: Lost,
        jobs: Receiver<Job>,
        topics: Arc<Topics>,
        readers: Arc<Readers>,
    ) -> Result<Self, Error> {
        let mut connection = opening.writer()?;
        let data_version = data_version(&connection).map_err(cannot_open)?;
        let schema_version = schema_version(&connection).map_err(cannot_open)?;
        let beside = Beside::of(&mut connection).map_err(cannot_open)?;
        let wal = Wal::new(&mut connection, readers).map_err(cannot_open)?;
        Ok(Self {
            files: Files::of(&opening.location, &connection, lost),
            connection,
            jobs,
            topics,
            data_version,
            beside,
            schema_is_known: true,
            schema_version,
            wary: 0,
            wal,
        })
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            match self.jobs.recv_timeout(self.wal.wait(file_watch::LOOK)) {
                Ok(Job::Write(first)) => {
                    if let Some(task) = self.batch(first) {
                        self.task(task);
                    }
                }
                Ok(Job::Task(task)) => self.task(task),
                Err(RecvTimeoutError::Timeout) => {
                    self.notice_loss();
                    self.notice_others();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.wal.look(&self.connection, self.files.may_checkpoint());
        }
        self.checkpoint();
        self.files.lost().release(&self.connection);
    }

    /// Brings the log into the file, and leaves none.
    fn checkpoint(&self) {
        if self.files.may_checkpoint()
            && let Err(error) = self
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
            if self.connection.is_autocommit() {
                self.rolled_back(batch);
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
    fn undo(&mut self, batch: Vec<Pending>) {
        self.roll_back();
        if batch.len() == 1 {
            answer_all(batch);
            return;
        }
        self.wary = WARY_FOR;
        self.again(jobs_of(batch), MAX_BATCH);
    }

    /// SQLite has rolled the transaction back by itself, at the last of these writes: for `ON CONFLICT ROLLBACK`, a
    /// trigger's `RAISE(ROLLBACK)`, or a disk that is full. Those before it did nothing wrong, and are carried out again.
    fn rolled_back(&mut self, mut batch: Vec<Pending>) {
        let Some(last) = batch.pop() else { return };
        if batch.is_empty() {
            let gone = Error::Unavailable("the transaction of the write was rolled back");
            last.job.answer(Err(last.outcome.err().unwrap_or(gone)));
            return;
        }
        self.again(jobs_of(batch), MAX_BATCH);
        // Once more too: what it was in conflict with may have been one of the others, which is not there any more.
        self.again(vec![last.job], 1);
    }

    /// Carries writes out whose transaction was undone, in transactions of at most so many of them, where each that fails is
    /// undone alone.
    fn again(&mut self, jobs: Vec<WriteJob>, together: usize) {
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            if let Err(error) = self.begin() {
                // The others would wait as long, one after the other.
                jobs.for_each(|job| job.answer(Err(error.clone())));
                return;
            }
            let mut batch = Vec::new();
            for job in jobs.by_ref().take(together) {
                let outcome = self.in_savepoint(&job);
                batch.push(Pending { job, outcome });
                if self.connection.is_autocommit() {
                    break;
                }
            }
            if self.connection.is_autocommit() {
                self.rolled_back(batch);
            } else {
                self.commit(batch);
            }
        }
    }

    fn begin(&mut self) -> Result<(), Error> {
        // Where the last one could not be rolled back, this one must not become a part of it.
        self.roll_back();
        self.notice_loss();
        if self.files.lost().is_set() {
            return Err(file_watch::LOST);
        }
        self.execute("BEGIN IMMEDIATE")?;
        self.beside.forget();
        // Nobody else can write now, so what others wrote before is seen and not taken for our own.
        self.notice_others();
        if !self.schema_is_known {
            self.look().map_err(|error| {
                // An idle writer must not keep others from the file.
                self.roll_back();
                error::failed(error, "a transaction of writes")
            })?;
            self.schema_is_known = true;
        }
        Ok(())
    }

    /// Looks at the schema again, where it is another one than before.
    fn look(&mut self) -> rusqlite::Result<()> {
        let version = schema_version(&self.connection)?;
        if self.schema_version != version {
            self.beside.look(&mut self.connection)?;
            self.topics.look(&mut self.connection);
            self.schema_version = version;
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
                let mut refreshed = Refreshed::default();
                for pending in &batch {
                    if let Some(change) = pending.change() {
                        pending.job.table.shown().publish(change, &mut refreshed);
                    }
                }
                self.beside.take(&self.topics, &mut refreshed);
                refreshed.publish();
                answer_all(batch);
            }
            Err(failure) => self.commit_failed(batch, failure),
        }
    }

    fn commit_failed(&mut self, batch: Vec<Pending>, failure: rusqlite::Error) {
        self.roll_back();
        // A constraint that is checked at the commit: which of the writes broke it shows when each has its own.
        if failure.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) && batch.len() > 1 {
            self.again(jobs_of(batch), 1);
            return;
        }
        tracing::error!(error = %failure, "a commit failed");
        let error = match batch.as_slice() {
            [only] => only.job.table.error(failure),
            _ => error::general(&failure).unwrap_or_else(|| error::failed(failure, "a commit")),
        };
        let certainly_not_written = matches!(error, Error::Conflict { .. } | Error::Unavailable(_));
        if !certainly_not_written {
            // Subscribers are told that anything may be different when that is all that is known.
            let mut refreshed = Refreshed::default();
            for pending in batch.iter().filter(|pending| pending.change().is_some()) {
                let shown = pending.job.table.shown();
                shown.publish(&Change::refresh(), &mut refreshed);
            }
            self.beside.take(&self.topics, &mut refreshed);
            refreshed.publish();
        }
        for pending in batch {
            pending.job.answer(Err(error.clone()));
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

    /// Closes the sockets where the file was lost: whoever had it open would go on with one that nobody else sees.
    fn notice_loss(&mut self) {
        if self.files.look(&self.connection) {
            self.topics.lose();
            // What is in the log belongs to the file that was there, and must not be taken for a part of another one.
            self.checkpoint();
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

fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA schema_version")?
        .query_row([], |row| row.get(0))
}

fn jobs_of(batch: Vec<Pending>) -> Vec<WriteJob> {
    batch.into_iter().map(|pending| pending.job).collect()
}

fn answer_all(batch: Vec<Pending>) {
    batch.into_iter().for_each(Pending::answer);
}
