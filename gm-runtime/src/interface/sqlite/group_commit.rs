//! Group commit: the writes in the queue share a transaction, and a write that fails is undone alone.
//!
//! `docs/design/storage.md`, section Group commit, gives the reasons for each path through a failure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::ErrorCode;
use tracing::debug_span;

use super::cancellation::LimitedWrite;
use super::error;
use super::file_watch;
use super::job::{Outcome, WriteJob, panicked};
use super::topics::Refreshes;
use super::write::Executed;
use super::writer::Writer;
use super::writer_job::Job;
use crate::change::Change;
use crate::error::{Error, QueryError};
use crate::interface::{KeyedRequest, Written};
use crate::trace::{self, Traced};

/// The most writes that share a transaction. With more, the first write would wait long for the last.
const MAX_WRITES: usize = 256;

/// The number of transactions with savepoints after a write failed among others.
const SAVEPOINT_TRANSACTIONS: u8 = 64;

/// A write that was executed and is not yet committed.
struct Pending {
    job: WriteJob,
    outcome: Outcome,
}

impl Pending {
    /// The change that the commit publishes.
    fn change(&self) -> Option<&Change> {
        self.outcome.as_ref().ok()?.change.as_ref()
    }

    /// The fields that an update changed, if they are known.
    fn changed_fields(&self) -> Option<&[u16]> {
        self.outcome.as_ref().ok()?.changed_fields.as_deref()
    }

    fn answer(self) {
        self.job.answer(self.outcome.map(|executed| executed.result));
    }

    /// Whether the write reached its time limit. It would do so again.
    fn is_late(&self) -> bool {
        matches!(&self.outcome, Err(Error::Query(QueryError::WriteTimeout { .. })))
    }
}

impl Writer {
    /// Executes the first write and those behind it in the queue in one transaction, and answers them. Returns a job of another
    /// kind from the queue, which must not run inside the transaction.
    pub(super) fn group_commit(&mut self, first: WriteJob) -> Option<Job> {
        if let Err(error) = self.begin() {
            self.refuse_waiting(first, &error);
            return None;
        }
        let mut batch = Vec::new();
        let mut other = None;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            // The first write needs no savepoint, because it can be undone with the transaction.
            let has_savepoint = self.savepoint_transactions > 0 && !batch.is_empty();
            let outcome = if has_savepoint {
                self.execute_in_savepoint(&job, self.write_time)
            } else {
                self.execute_write(&job, self.write_time)
            };
            let failed = outcome.is_err();
            batch.push(Pending { job, outcome });
            if self.connection.is_autocommit() {
                self.retry_after_rollback(batch);
                return other;
            }
            if failed && !has_savepoint {
                self.undo(batch);
                return other;
            }
            if batch.len() < MAX_WRITES {
                match self.jobs.try_recv() {
                    Ok(Job::Write(job)) => next = Some(job),
                    Ok(job) => other = Some(job),
                    Err(_) => {}
                }
            }
        }
        self.savepoint_transactions = self.savepoint_transactions.saturating_sub(1);
        self.commit(batch);
        other
    }

    /// Undoes a transaction whose last write failed without a savepoint, and executes its writes again, with savepoints.
    ///
    /// A savepoint costs 1 to 2 µs, and most writes succeed, so usually there is none. The next transactions have savepoints,
    /// so that a caller whose writes fail does not make the writes of others run twice each time.
    fn undo(&mut self, mut batch: Vec<Pending>) {
        self.roll_back();
        if batch.len() == 1 {
            answer_all(batch);
            return;
        }
        if let Some(late) = batch.pop_if(|last| last.is_late()) {
            late.answer();
        }
        self.savepoint_transactions = SAVEPOINT_TRANSACTIONS;
        self.retry(jobs_of(batch), MAX_WRITES);
    }

    /// Handles a transaction that SQLite rolled back by itself at the last of these writes. The causes are
    /// `ON CONFLICT ROLLBACK`, `RAISE(ROLLBACK)`, a full disk, and a time limit. The writes before the last one are executed again.
    fn retry_after_rollback(&mut self, mut batch: Vec<Pending>) {
        let Some(last) = batch.pop() else { return };
        if batch.is_empty() || last.is_late() {
            let rolled_back = Error::Unavailable("the transaction of the write was rolled back");
            last.job.answer(Err(last.outcome.err().unwrap_or(rolled_back)));
            self.retry(jobs_of(batch), MAX_WRITES);
            return;
        }
        self.retry(jobs_of(batch), MAX_WRITES);
        // The last write too, since it may have conflicted with a write that was undone.
        self.retry(vec![last.job], 1);
    }

    /// Executes writes again, each in a savepoint, in transactions of at most `limit` writes.
    fn retry(&mut self, jobs: Vec<WriteJob>, limit: usize) {
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            if let Err(error) = self.begin() {
                // The other writes would each wait for the busy timeout too.
                jobs.for_each(|job| job.answer(Err(error.clone())));
                return;
            }
            let mut batch = Vec::new();
            for job in jobs.by_ref().take(limit) {
                let outcome = self.execute_in_savepoint(&job, self.write_time);
                batch.push(Pending { job, outcome });
                if self.connection.is_autocommit() {
                    break;
                }
            }
            if self.connection.is_autocommit() {
                self.retry_after_rollback(batch);
            } else {
                self.commit(batch);
            }
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), Error> {
        // If the last rollback failed, this transaction must not become a part of the old one.
        self.roll_back();
        self.check_file();
        if self.files.lost().is_set() {
            return Err(file_watch::LOST);
        }
        self.execute("BEGIN IMMEDIATE")?;
        self.side_effects.clear();
        // No other connection can write now, so the check can't mistake their commits for this one.
        self.check_other_commits();
        self.check_schema().map_err(|error| {
            // An idle writer must not keep the lock.
            self.roll_back();
            error::or_storage(error, "a transaction of writes")
        })
    }

    fn execute_write(&self, job: &WriteJob, limit: Duration) -> Outcome {
        match job.keyed() {
            None => self.execute_unkeyed(job, limit),
            Some(request) => self.execute_once(job, request, limit),
        }
    }

    /// Executes a write, unless its idempotency key has an answer. Stores the answer of the write in its transaction.
    fn execute_once(&self, job: &WriteJob, request: &KeyedRequest, limit: Duration) -> Outcome {
        if let Some(replay) = self.answers.find(&self.connection, &request.id)? {
            return Ok(Executed::unchanged(Written::Replay(Box::new(replay))));
        }
        let executed = self.execute_unkeyed(job, limit)?;
        let answer = executed.with_written(&job.table, &job.request.write, |written| request.answer(written));
        if let Some(answer) = answer {
            // Not a part of the write, whose side effects are counted.
            self.answers.store(&self.connection, &request.id, &answer)?;
        }
        Ok(executed)
    }

    fn execute_unkeyed(&self, job: &WriteJob, limit: Duration) -> Outcome {
        let write = || {
            catch_unwind(AssertUnwindSafe(|| {
                job.table.write(&self.connection, &job.request)
            }))
        };
        let limited = LimitedWrite::new(limit);
        let written = self
            .side_effects
            .record(&self.connection, job.table.name(), write);
        match written.unwrap_or_else(|_| Err(panicked())) {
            Err(_) if limited.was_ended() => Err(Error::Query(QueryError::WriteTimeout {
                manager: job.table.description().name(),
                limit,
            })),
            outcome => outcome,
        }
    }

    /// Executes a write so that a failure undoes it alone, with everything that triggers did.
    pub(super) fn execute_in_savepoint(&self, job: &WriteJob, limit: Duration) -> Outcome {
        self.in_savepoint(|| self.execute_write(job, limit))
    }

    /// Runs writes in a savepoint, so that a failure undoes them alone.
    pub(super) fn in_savepoint<T>(&self, write: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.execute("SAVEPOINT one")?;
        let outcome = write();
        if self.connection.is_autocommit() {
            return outcome;
        }
        let undone = match &outcome {
            Ok(_) => Ok(()),
            Err(_) => self.execute("ROLLBACK TO one"),
        };
        if let Err(error) = undone.and_then(|()| self.execute("RELEASE one")) {
            // The failed write must not be committed with the others.
            tracing::error!(%error, "a write could not be undone alone");
            self.roll_back();
            return Err(error);
        }
        outcome
    }

    pub(super) fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn commit(&mut self, batch: Vec<Pending>) {
        let span = debug_span!(
            target: "gm::trace",
            "commit",
            otel.name = "COMMIT",
            otel.kind = "client",
            db.system.name = "sqlite",
            gm.writes = i64::try_from(batch.len()).unwrap_or(i64::MAX),
        );
        // A span has one parent, and a commit has as many causes as writes.
        let first = batch.iter().find_map(|pending| pending.job.trace);
        // Within the span alone. Each change is published in the trace of its own write, and one without a trace in none.
        let traced = Traced::caused_by(span, first);
        traced.span().in_scope(|| self.commit_now(batch));
    }

    fn commit_now(&mut self, batch: Vec<Pending>) {
        self.answers.remove_ended(&self.connection);
        match self
            .connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]))
        {
            Ok(_) => {
                self.commits.committed(batch.len());
                // Subscribers are notified before callers are answered.
                let mut refreshes = Refreshes::default();
                for pending in &batch {
                    if let Some(change) = pending.change() {
                        let topic = pending.job.table.topic();
                        trace::within(pending.job.trace, || {
                            topic.publish(change, pending.changed_fields(), &mut refreshes);
                        });
                    }
                }
                self.side_effects.take(&self.topics, &mut refreshes);
                refreshes.publish();
                answer_all(batch);
            }
            Err(failure) => self.commit_failed(batch, failure),
        }
    }

    fn commit_failed(&mut self, batch: Vec<Pending>, failure: rusqlite::Error) {
        self.roll_back();
        // SQLite does not say which write violated a constraint that it checks at the commit. Transactions of one write do.
        if failure.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) && batch.len() > 1 {
            self.retry(jobs_of(batch), 1);
            return;
        }
        tracing::error!(error = %failure, "a commit failed");
        let error = match batch.as_slice() {
            [only] => only.job.table.error(failure),
            _ => error::or_storage(failure, "a commit"),
        };
        let certainly_not_written = matches!(error, Error::Conflict { .. } | Error::Unavailable(_));
        if !certainly_not_written {
            // The commit may have taken effect, so subscribers must read again.
            let mut refreshes = Refreshes::default();
            for pending in batch.iter().filter(|pending| pending.change().is_some()) {
                let topic = pending.job.table.topic();
                topic.publish(&Change::refresh(), None, &mut refreshes);
            }
            self.side_effects.take(&self.topics, &mut refreshes);
            refreshes.publish();
        }
        for pending in batch {
            pending.job.answer(Err(error.clone()));
        }
    }

    /// Refuses a write whose transaction could not begin, and the writes behind it in the queue. They have waited as long,
    /// and each would wait for the busy timeout again.
    fn refuse_waiting(&mut self, first: WriteJob, error: &Error) {
        // The count is taken before any answer, because a write that arrives later has not waited.
        let waiting = self.jobs.len();
        first.answer(Err(error.clone()));
        for _ in 0..waiting {
            match self.jobs.try_recv() {
                Ok(Job::Write(job)) => {
                    job.answer(Err(error.clone()));
                }
                Ok(Job::Transaction(job)) => {
                    let _ = job.begun.send(Err(error.clone()));
                }
                Ok(Job::Bulk(job)) => job.answer(Err(error.clone())),
                Ok(Job::Task(task)) => self.run_task(task),
                Err(_) => break,
            }
        }
    }
}

fn jobs_of(batch: Vec<Pending>) -> Vec<WriteJob> {
    batch.into_iter().map(|pending| pending.job).collect()
}

fn answer_all(batch: Vec<Pending>) {
    batch.into_iter().for_each(Pending::answer);
}
