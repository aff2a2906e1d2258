//! What becomes of the writes of a batch when its transaction has ended: they are answered, set aside, or carried out again.

use tokio::time::Instant;

use super::connection::Open;
use super::constraint_errors;
use super::failure::{CANCELLED, Failure, LOCKED, NO_CONNECTION, READ_ONLY};
use super::job::WriteJob;
use super::outcome::{Outcome, outcome_of};
use super::sight::is_out_of_sight;
use super::task::Task;
use super::transaction::Attempt;
use super::waiting::{Batch, LOCK_TIMEOUT};
use super::work::{State, Work};
use crate::error::{Error, QueryError};
use crate::interface::{Replay, Written};

/// The most connections that break while a write is carried out. A write whose trigger crashes the server must not do so for ever.
const MAX_BROKEN_CONNECTIONS: u8 = 3;

impl Task {
    /// Answers the writes of a batch that is committed.
    pub(super) async fn committed(&mut self, open: &Open, works: Vec<Work>, attempt: Attempt) {
        let (is_alone, locked) = (works.len() == 1, locked_tables(&works));
        let mut again = Vec::new();
        for work in works {
            match work.state {
                // Another write of the transaction has deleted the row, or a trigger skipped the write.
                State::Executed(None) if !is_alone && work.has_found() => self.repeat(vec![work.job], AGAIN),
                State::Executed(_) | State::Gone => {
                    let written = match work.may_be_skipped() {
                        true => constraint_errors::skipped_or_missing(&open.session, &work.job).await,
                        false => work.written(),
                    };
                    work.job.answer(written);
                }
                State::Answered(answer) => work.job.answer(answer),
                State::Failed(failure) => self.failed(open, work.job, failure, &mut again).await,
                // Not carried out.
                State::Unjudged | State::Ready(_) => again.push(work.job),
            }
        }
        let again = self.set_aside(again, &locked);
        self.repeat(again, attempt);
    }

    /// Sets the writes of tables aside in which another write found a lock, and returns the others.
    fn set_aside(&mut self, jobs: Vec<WriteJob>, locked: &[&'static str]) -> Vec<WriteJob> {
        let is_locked = |job: &WriteJob| locked.contains(&job.table.name());
        let (suspect, others) = jobs.into_iter().partition(is_locked);
        self.waiting.put_first(suspect);
        others
    }

    /// Sets the writes aside whose table is locked, until the busy timeout.
    pub(super) fn table_locked(&mut self, works: Vec<Work>) {
        let mut waiting = Vec::new();
        for Work { job, .. } in works {
            self.waiting.found_lock(job.table.name());
            match job.since.elapsed() < self.busy_timeout {
                true => waiting.push(job),
                false => job.answer(Err(LOCKED)),
            }
        }
        self.waiting.put_first(waiting);
    }

    /// Answers the writes whose keys had answers, and carries out the others of the batch again.
    pub(super) fn replayed(&mut self, works: Vec<Work>) {
        let mut again = Vec::new();
        for work in works {
            match work.state {
                State::Answered(answer @ Ok(Written::Replay(_))) => work.job.answer(answer),
                _ => again.push(work.job),
            }
        }
        self.repeat(again, AGAIN);
    }

    /// Answers the writes that failed for themselves, and carries out the others of the batch again.
    pub(super) async fn rolled_back(&mut self, open: &Open, works: Vec<Work>, attempt: Attempt) {
        let (is_alone, locked) = (works.len() == 1, locked_tables(&works));
        let (mut again, mut has_failed) = (Vec::new(), false);
        let mut attempt = Attempt {
            has_savepoints: true,
            needs_transaction: true,
            ..attempt
        };
        for work in works {
            let awaits_commit = work.awaits_commit();
            match work.state {
                State::Answered(answer) if !awaits_commit => work.job.answer(answer),
                // Its failure may be a conflict with a write that is undone now.
                State::Failed(Failure::Refused(_) | Failure::Fault(_) | Failure::IdsUsedUp) if !is_alone => {
                    has_failed = true;
                    again.push(work.job);
                }
                State::Failed(failure) => {
                    if let Failure::Locked = failure {
                        // Others may be locked, too, and are not awaited one after the other.
                        attempt.skips_locked = true;
                    }
                    self.failed(open, work.job, failure, &mut again).await;
                }
                State::Executed(_) | State::Gone | State::Unjudged | State::Ready(_) | State::Answered(_) => {
                    again.push(work.job);
                }
            }
        }
        if has_failed {
            self.waiting.use_savepoints();
        }
        let again = self.set_aside(again, &locked);
        self.repeat(again, attempt);
    }

    /// Handles a commit that failed, so that nothing is written. `is_shared`: it is no fault of one of the writes.
    pub(super) async fn commit_failed(
        &mut self,
        open: &Open,
        mut works: Vec<Work>,
        failure: Failure,
        is_shared: bool,
    ) {
        if works.len() == 1
            && let Some(work) = works.pop()
        {
            let mut again = Vec::new();
            self.failed(open, work.job, failure, &mut again).await;
            self.repeat(again, AGAIN);
            return;
        }
        // Otherwise each write is committed alone, since only then it is known which one violates a constraint, or waits for a lock.
        let mut again = Vec::new();
        for work in works {
            let awaits_commit = work.awaits_commit();
            match work.state {
                State::Answered(answer) if !awaits_commit => work.job.answer(answer),
                _ if !is_shared => self.repeat(vec![work.job], AGAIN),
                _ if work.job.since.elapsed() < self.busy_timeout => again.push(work.job),
                _ => work.job.answer(Err(LOCKED)),
            }
        }
        self.repeat(again, AGAIN);
    }

    /// Handles the failure of one write.
    async fn failed(&mut self, open: &Open, mut job: WriteJob, failure: Failure, again: &mut Vec<WriteJob>) {
        if let Failure::Locked = failure {
            self.waiting.found_lock(job.table.name());
        }
        if matches!(failure, Failure::Locked) && is_out_of_sight(open, &mut job).await {
            job.answer(Ok(Written::Missing));
            return;
        }
        let has_time = job.since.elapsed() < self.busy_timeout;
        let manager = job.table.description().name();
        match failure {
            Failure::Locked if has_time => self.waiting.add_blocked(job),
            Failure::NotRun | Failure::Contended | Failure::Broken { .. } if has_time => again.push(job),
            Failure::Locked | Failure::Contended => job.answer(Err(LOCKED)),
            Failure::NotRun | Failure::Broken { .. } => job.answer(Err(NO_CONNECTION)),
            Failure::StaleStatement => {
                // All of the session's statements may be stale.
                self.connection.discard();
                self.again_unless_repeated(job, again);
            }
            Failure::NotLockable => {
                self.statements.of(&job.table).stop_locking();
                self.again_unless_repeated(job, again);
            }
            // An operator cancelled it, or it waited for others.
            Failure::Cancelled if job.since.elapsed() < self.write_time => job.answer(Err(CANCELLED)),
            Failure::Cancelled => job.answer(Err(Error::Query(QueryError::WriteTimeout {
                manager,
                limit: self.write_time,
            }))),
            Failure::KeyTaken => {
                if let Some(job) = self.answer_stored(&open.session, job).await {
                    self.again_unless_repeated(job, again);
                }
            }
            // Another replica carries the same request out.
            Failure::KeyLocked => job.answer(Ok(Written::Replay(Box::new(Replay::InProgress)))),
            Failure::Unavailable(reason) => job.answer(Err(Error::Unavailable(reason))),
            Failure::ReadOnly => {
                // The next connection may reach a server that accepts writes.
                self.connection.discard();
                job.answer(Err(READ_ONLY));
            }
            failure => {
                let error = constraint_errors::error_of(&open.session, (&job).into(), failure).await;
                job.answer(Err(error));
            }
        }
    }

    /// Carries a write out again whose failure should end with that, a bounded number of times.
    fn again_unless_repeated(&self, mut job: WriteJob, again: &mut Vec<WriteJob>) {
        job.repetitions = job.repetitions.saturating_add(1);
        if job.repetitions > MAX_BROKEN_CONNECTIONS {
            job.answer(Err(NO_CONNECTION));
        } else {
            again.push(job);
        }
    }

    /// Carries out the writes again whose connection broke before the commit.
    pub(super) fn broken(&mut self, works: Vec<Work>) {
        self.connection.discard();
        let (mut once, mut again) = (Vec::new(), Vec::new());
        for work in works {
            let awaits_commit = work.awaits_commit();
            if let State::Answered(answer) = work.state
                && !awaits_commit
            {
                work.job.answer(answer);
                continue;
            }
            let is_first = work.job.repetitions == 0;
            self.again_unless_repeated(work.job, if is_first { &mut once } else { &mut again });
        }
        self.repeat(once, AGAIN);
        // One of them may be what ends the server's process.
        for job in again {
            self.repeat(vec![job], AGAIN);
        }
    }

    /// Answers the writes whose connection broke at the commit, if it can be found out what became of them.
    pub(super) async fn find_outcome(&mut self, open: &Open, works: Vec<Work>, transaction: Option<String>) {
        self.connection.discard();
        let outcome = match transaction {
            Some(transaction) => {
                let deadline = Instant::now() + self.busy_timeout;
                let (connector, process) = (self.connection.connector(), open.session.backend_pid());
                outcome_of(connector, &transaction, &open.epoch, process, deadline).await
            }
            None => Outcome::Unknown,
        };
        if outcome == Outcome::RolledBack {
            return self.broken(works);
        }
        for work in works {
            match (&work.state, outcome) {
                (State::Executed(_) | State::Gone, Outcome::Committed) if !work.may_be_skipped() => {
                    let written = work.written();
                    work.job.answer(written);
                }
                _ => match work.state {
                    State::Answered(answer) => work.job.answer(answer),
                    _ => {
                        let manager = work.job.table.description().name();
                        work.job.answer(Err(Error::OutcomeUnknown { manager }));
                    }
                },
            }
        }
    }

    fn repeat(&mut self, jobs: Vec<WriteJob>, attempt: Attempt) {
        if !jobs.is_empty() {
            self.again.push_back(Batch::again(jobs, attempt));
        }
    }
}

/// The tables in which a write found a lock.
fn locked_tables(works: &[Work]) -> Vec<&'static str> {
    let locked = works
        .iter()
        .filter(|work| matches!(work.state, State::Failed(Failure::Locked)));
    locked.map(|work| work.job.table.name()).collect()
}

/// How a batch is carried out again.
const AGAIN: Attempt = Attempt {
    has_savepoints: false,
    skips_locked: false,
    needs_transaction: true,
    lock_timeout: LOCK_TIMEOUT,
};
