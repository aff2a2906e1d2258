//! The task that writes.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::connection::{Connection, Open};
use super::ended_answers;
use super::failure::{Failure, LOCKED, NO_CONNECTION};
use super::job::WriteJob;
use super::statement_cache::StatementCache;
use super::stored_answers::StoredAnswers;
use super::transaction::{End, Transaction};
use super::waiting::{Batch, Kind, Waiting};
use super::work::Work;
use crate::backoff::Backoff;
use crate::error::Error;
use crate::features::telemetry::CommitMetrics;
use crate::interface::sql::Settings;

/// The time that a reply may need beyond the time limit of its statement.
pub(super) const REPLY_GRACE: Duration = Duration::from_secs(1);

/// The longest wait for a connection before the deadlines of the waiting writes are looked at again.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The least time for a connection that is being opened, however short the busy timeout is.
pub(super) const OPENING_TIME: Duration = Duration::from_secs(1);

/// The task that writes: it owns the connection, and carries out one batch after the other.
pub(super) struct Task {
    queue: mpsc::Receiver<WriteJob>,
    pub(super) connection: Connection,
    pub(super) statements: StatementCache,
    pub(super) waiting: Waiting,
    /// Batches that are carried out once more, before anything else.
    pub(super) again: VecDeque<Batch>,
    pub(super) busy_timeout: Duration,
    pub(super) write_time: Duration,
    pub(super) answers: StoredAnswers,
    commits: CommitMetrics,
}

impl Task {
    pub(super) fn new(
        queue: mpsc::Receiver<WriteJob>,
        connection: Connection,
        settings: &Settings,
        write_time: Duration,
    ) -> Self {
        let (busy_timeout, most) = (settings.busy_timeout, settings.queue.get());
        Self {
            queue,
            connection,
            statements: StatementCache::default(),
            waiting: Waiting::new(most),
            again: VecDeque::new(),
            busy_timeout,
            write_time,
            answers: StoredAnswers::new(settings.retention),
            commits: CommitMetrics::new("postgresql"),
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
            for job in self.waiting.take_late(self.busy_timeout) {
                job.answer(Err(LOCKED));
            }
            if let Some(batch) = self.next() {
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

    /// What is carried out next.
    fn next(&mut self) -> Option<Batch> {
        while let Some(mut batch) = self.again.pop_front() {
            match batch.jobs.pop() {
                // It would wait for the lock alone, and all writes with it.
                Some(job) if batch.jobs.is_empty() && self.waiting.is_suspect(job.table.name()) => {
                    self.waiting.add_blocked(job);
                }
                job => {
                    batch.jobs.extend(job);
                    return Some(batch);
                }
            }
        }
        self.waiting.next()
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
            answers: Some(&self.answers),
        };
        let mut works: Vec<_> = batch.jobs.into_iter().map(Work::new).collect();
        let end = match suspect_table(batch.kind, &works) {
            Some(table) => match transaction.is_locked(table).await {
                Ok(true) => End::TableLocked,
                Ok(false) => transaction.carry_out(&mut works, &mut self.statements).await,
                Err(end) => end,
            },
            None => transaction.carry_out(&mut works, &mut self.statements).await,
        };
        match end {
            End::Committed => {
                self.commits.committed(works.len());
                let keyed = works.iter().filter(|work| work.job.keyed().is_some());
                keyed.for_each(|_| self.answers.count());
                self.committed(&open, works, batch.attempt).await;
                let limit = self.write_time.saturating_add(OPENING_TIME);
                ended_answers::remove(&self.answers, &open.session, limit).await;
            }
            End::Replayed => self.replayed(works),
            End::RolledBack => self.rolled_back(&open, works, batch.attempt).await,
            End::TableLocked => self.table_locked(works),
            End::Violated(failure) => self.commit_failed(&open, works, failure, false).await,
            End::CommitFailed(failure) => {
                // The lock that commits with notifications share, or a serialization failure, is no fault of a write.
                let is_shared = matches!(failure, Failure::Locked | Failure::Contended);
                self.commit_failed(&open, works, failure, is_shared).await;
            }
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

    /// The connection for a batch. Writes that have waited too long for one are refused, also while it is being opened.
    async fn connect(&mut self, mut batch: Batch) -> Option<(Open, Batch)> {
        let mut backoff = Backoff::new();
        loop {
            let oldest = batch.jobs.iter().map(|job| job.since).min()?;
            let deadline = oldest + self.busy_timeout;
            let opening_time = self.busy_timeout.max(OPENING_TIME);
            let (error, limit) = match timeout_at(oldest + opening_time, self.connection.session()).await {
                Ok(Ok(open)) => return Some((open, batch)),
                Ok(Err(error)) => (error, self.busy_timeout),
                Err(_) => (NO_CONNECTION, opening_time),
            };
            let is_temporary = matches!(error, Error::Unavailable(_));
            let (late, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut batch.jobs)
                .into_iter()
                .partition(|job| !is_temporary || job.since.elapsed() >= limit);
            for job in late {
                job.answer(Err(error.clone()));
            }
            batch.jobs = rest;
            let wait = backoff.next().min(LONGEST_WAIT);
            sleep(wait.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }
}

/// The table of suspect writes, which may be locked. The statement that finds out is none for views.
fn suspect_table(kind: Kind, works: &[Work]) -> Option<&'static str> {
    let table = &works.first().filter(|_| kind == Kind::Suspect)?.job.table;
    table.relation().is_table().then(|| table.name())
}
