//! The task that writes.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::connection::{Connection, Open};
use super::constraint_errors;
use super::failure::{CANCELLED, Failure, LOCKED, NO_CONNECTION, READ_ONLY};
use super::job::WriteJob;
use super::outcome::{Outcome, outcome_of};
use super::statement_cache::StatementCache;
use super::transaction::{Attempt, End, Transaction};
use super::waiting::{Batch, LOCK_TIMEOUT, Waiting};
use super::work::{State, Work};
use crate::backoff::Backoff;
use crate::error::{Error, QueryError};
use crate::interface::Written;

/// The time that a reply may need beyond the time limit of its statement.
const REPLY_GRACE: Duration = Duration::from_secs(1);

/// The most connections that break while a write is carried out. A write whose trigger crashes the server must not do so for ever.
const MAX_BROKEN_CONNECTIONS: u8 = 3;

/// The longest wait for a connection before the deadlines of the waiting writes are looked at again.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The task that writes: it owns the connection, and carries out one batch after the other.
pub(super) struct Task {
    queue: mpsc::Receiver<WriteJob>,
    connection: Connection,
    statements: StatementCache,
    waiting: Waiting,
    /// Batches that are carried out once more, before anything else.
    again: VecDeque<Batch>,
    busy_timeout: Duration,
    write_time: Duration,
}

impl Task {
    pub(super) fn new(
        queue: mpsc::Receiver<WriteJob>,
        connection: Connection,
        busy_timeout: Duration,
        write_time: Duration,
    ) -> Self {
        Self {
            queue,
            connection,
            statements: StatementCache::default(),
            waiting: Waiting::default(),
            again: VecDeque::new(),
            busy_timeout,
            write_time,
        }
    }

    /// Carries out writes until the queue is closed and every write is answered.
    pub(super) async fn run(mut self) {
        loop {
            while self.waiting.has_room()
                && let Ok(job) = self.queue.try_recv()
            {
                self.waiting.add(job);
            }
            self.answer_out_of_sight().await;
            if let Some(batch) = self.again.pop_front().or_else(|| self.waiting.next()) {
                let (begin, kind) = (Instant::now(), batch.kind);
                self.carry_out(batch).await;
                self.waiting.finished(kind, begin.elapsed());
                continue;
            }
            let received = match self.waiting.due() {
                None => self.queue.recv().await,
                Some(due) => match timeout_at(due, self.queue.recv()).await {
                    Ok(received) => received,
                    Err(_) => continue,
                },
            };
            match (received, self.waiting.due()) {
                (Some(job), _) => self.waiting.add(job),
                (None, None) => return,
                // The queue is closed, and blocked writes are left.
                (None, Some(due)) => tokio::time::sleep_until(due).await,
            }
        }
    }

    /// Answers the writes that would wait behind a blocked one, and whose callers do not see the row.
    async fn answer_out_of_sight(&mut self) {
        let unchecked = self.waiting.take_unchecked();
        if unchecked.is_empty() {
            return;
        }
        let open = self.connection.session().await.ok();
        let mut answered = 0;
        for (place, mut job) in unchecked {
            let is_hidden = match &open {
                Some(open) => is_out_of_sight(open, &mut job).await,
                None => false,
            };
            if is_hidden {
                answered += 1;
                job.answer(Ok(Written::Missing));
            } else {
                job.sight_is_checked = true;
                self.waiting.put_back(place.saturating_sub(answered), job);
            }
        }
    }

    async fn carry_out(&mut self, batch: Batch) {
        let Some((open, batch)) = self.connect(batch).await else {
            return;
        };
        let transaction = Transaction {
            session: &open.session,
            prepared: &open.prepared,
            attempt: batch.attempt,
            statement_timeout: self.write_time,
            reply_limit: self
                .write_time
                .saturating_add(self.busy_timeout)
                .saturating_add(REPLY_GRACE),
            commit_lock_timeout: self.busy_timeout,
        };
        let mut works: Vec<_> = batch.jobs.into_iter().map(Work::new).collect();
        let end = transaction.carry_out(&mut works, &mut self.statements).await;
        match end {
            End::Committed => self.committed(&open, works, batch.attempt).await,
            End::RolledBack => self.rolled_back(&open, works, batch.attempt).await,
            End::CommitFailed(failure) => self.commit_failed(&open, works, failure).await,
            End::Broken => self.broken(works),
            End::Unknown { transaction } => self.find_outcome(&open, works, transaction).await,
        }
        if !open.session.is_closed() {
            let prepared = open.prepared.prepare_due(&open.session);
            if timeout(self.write_time.saturating_add(REPLY_GRACE), prepared)
                .await
                .is_err()
            {
                self.connection.discard();
            }
        }
    }

    /// The connection for a batch. Writes that have waited too long for one are refused.
    async fn connect(&mut self, mut batch: Batch) -> Option<(Open, Batch)> {
        let mut backoff = Backoff::new();
        loop {
            let error = match self.connection.session().await {
                Ok(open) => return Some((open, batch)),
                Err(error) => error,
            };
            let is_temporary = matches!(error, Error::Unavailable(_));
            let (late, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut batch.jobs)
                .into_iter()
                .partition(|job| !is_temporary || job.since.elapsed() >= self.busy_timeout);
            for job in late {
                job.answer(Err(error.clone()));
            }
            batch.jobs = rest;
            let oldest = batch.jobs.iter().map(|job| job.since).min()?;
            let deadline = oldest + self.busy_timeout;
            let wait = backoff.next().min(LONGEST_WAIT);
            sleep(wait.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }

    /// Answers the writes of a batch that is committed.
    async fn committed(&mut self, open: &Open, works: Vec<Work>, attempt: Attempt) {
        let mut again = Vec::new();
        for work in works {
            match work.state {
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
        self.repeat(again, attempt);
    }

    /// Answers the writes that failed for themselves, and carries out the others of the batch again.
    async fn rolled_back(&mut self, open: &Open, works: Vec<Work>, attempt: Attempt) {
        let is_alone = works.len() == 1;
        let (mut again, mut has_failed) = (Vec::new(), false);
        let mut attempt = Attempt {
            has_savepoints: true,
            needs_transaction: true,
            ..attempt
        };
        for work in works {
            match work.state {
                State::Answered(answer) => work.job.answer(answer),
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
                State::Executed(_) | State::Gone | State::Unjudged | State::Ready(_) => {
                    again.push(work.job);
                }
            }
        }
        if has_failed {
            self.waiting.use_savepoints();
        }
        self.repeat(again, attempt);
    }

    /// Handles a commit that failed, so that nothing is written.
    async fn commit_failed(&mut self, open: &Open, mut works: Vec<Work>, failure: Failure) {
        if works.len() == 1
            && let Some(work) = works.pop()
        {
            let mut again = Vec::new();
            self.failed(open, work.job, failure, &mut again).await;
            self.repeat(again, AGAIN);
            return;
        }
        // The lock that commits with notifications share, or a serialization failure, is no fault of a write. For any other
        // failure, each write is committed alone, since only then it is known which one violates a constraint.
        let is_shared = matches!(failure, Failure::Locked | Failure::Contended);
        let mut again = Vec::new();
        for work in works {
            match work.state {
                State::Answered(answer) => work.job.answer(answer),
                _ if !is_shared => self.repeat(vec![work.job], AGAIN),
                _ if work.job.since.elapsed() < self.busy_timeout => again.push(work.job),
                _ => work.job.answer(Err(LOCKED)),
            }
        }
        self.repeat(again, AGAIN);
    }

    /// Handles the failure of one write.
    async fn failed(&mut self, open: &Open, mut job: WriteJob, failure: Failure, again: &mut Vec<WriteJob>) {
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
            Failure::Unavailable(reason) => job.answer(Err(Error::Unavailable(reason))),
            Failure::ReadOnly => {
                // The next connection may reach a server that accepts writes.
                self.connection.discard();
                job.answer(Err(READ_ONLY));
            }
            failure => {
                let error = constraint_errors::error_of(&open.session, &job, failure).await;
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
    fn broken(&mut self, works: Vec<Work>) {
        self.connection.discard();
        let (mut once, mut again) = (Vec::new(), Vec::new());
        for work in works {
            if let State::Answered(answer) = work.state {
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
    async fn find_outcome(&mut self, open: &Open, works: Vec<Work>, transaction: Option<String>) {
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

/// Whether the caller of a write that has to wait for its row does not see the row. The time or the error of the wait would tell the
/// caller that there is such a row.
async fn is_out_of_sight(open: &Open, job: &mut WriteJob) -> bool {
    if !job.awaits_check_of_sight() {
        return false;
    }
    job.sight_is_checked = true;
    constraint_errors::is_out_of_sight(&open.session, job).await
}

/// How a batch is carried out again.
const AGAIN: Attempt = Attempt {
    has_savepoints: false,
    skips_locked: false,
    needs_transaction: true,
    lock_timeout: LOCK_TIMEOUT,
};
