//! A transaction, as its verbs see it. The writing thread carries their steps out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::bulk_job::BulkJob;
use super::cancellation::Cancellation;
use super::job::{WriteJob, panicked};
use super::query::BuiltQuery;
use super::stored_answers::StoredAnswers;
use super::table::Table;
use super::transaction_job::{EarlyEnd, Step, TransactionJob};
use crate::error::{Error, TransactionError};
use crate::interface::{BulkRequest, BulkWritten, InFlight, SavepointCommand, WriteRequest, Written};
use crate::query::pattern::Deadline;
use crate::trace;

/// The most steps that wait for the writing thread. One verb is carried out at a time, so only dropped ones wait.
const STEPS: usize = 4;

/// A transaction that has begun. It ends without a commit when this is dropped.
pub(super) struct SqliteTransaction {
    steps: Sender<Step>,
    limit: Duration,
    /// `None` for a limit beyond the range of the clock.
    deadline: Option<Instant>,
    read_time: Duration,
    early_end: EarlyEnd,
}

/// The answer when a transaction has begun.
pub(super) type IsBegun = oneshot::Receiver<Result<(), Error>>;

impl SqliteTransaction {
    /// A transaction, its job for the writing thread, and the receiver of its beginning.
    pub(super) fn new(
        limit: Duration,
        read_time: Duration,
        in_flight: InFlight,
    ) -> (TransactionJob, IsBegun, Self) {
        let (sender, steps) = bounded(STEPS);
        let (begun, is_begun) = oneshot::channel();
        let early_end = EarlyEnd::default();
        let transaction = Self {
            steps: sender,
            limit,
            deadline: None,
            read_time,
            early_end: early_end.clone(),
        };
        let job = TransactionJob {
            steps,
            begun,
            limit,
            early_end,
            in_flight,
            trace: trace::current(),
        };
        (job, is_begun, transaction)
    }

    /// The transaction, whose time begins now.
    pub(super) fn begun(self) -> Self {
        Self {
            deadline: Instant::now().checked_add(self.limit),
            ..self
        }
    }

    /// Carries out a write.
    pub(super) async fn write(&self, table: Arc<Table>, request: WriteRequest) -> Result<Written, Error> {
        let (job, answer) = WriteJob::new(table, request);
        self.send(Step::Write(job))?;
        self.receive(answer).await?.into_written()
    }

    /// Carries out a write of many rows. `query` is that of the rows that match.
    pub(super) async fn write_many(
        &self,
        table: Arc<Table>,
        request: BulkRequest,
        query: Option<(BuiltQuery, Deadline)>,
    ) -> Result<BulkWritten, Error> {
        let (job, answer) = BulkJob::new(table, request, query);
        self.send(Step::WriteMany(Box::new(job)))?;
        self.receive(answer).await?
    }

    /// Reads rows of this manager as the transaction sees them. The read is cancelled if the future is dropped, and at its time
    /// limit.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        manager: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let remaining = self
            .deadline
            .map(|end| end.saturating_duration_since(Instant::now()));
        let cancellation = Cancellation::new(remaining.unwrap_or(Duration::MAX).min(self.read_time));
        let _guard = cancellation.cancel_on_drop();
        self.send(Step::Read(Box::new(move |connection| {
            if !cancellation.is_cancelled() {
                let _ = reply.send(cancellation.run(manager, connection, read));
            }
        })))?;
        self.receive(answer).await?
    }

    /// Finds or stores an answer under an idempotency key.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        step: impl FnOnce(&StoredAnswers, &Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Step::Answer(Box::new(move |answers, connection| {
            let _ = reply.send(step(answers, connection));
        })))?;
        self.receive(answer).await?
    }

    pub(super) async fn savepoint(&self, command: SavepointCommand) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Step::Savepoint(command, reply))?;
        self.receive(answer).await?
    }

    pub(super) async fn commit(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Step::Commit(reply))?;
        answer.await.unwrap_or_else(|_| {
            // Without a reason the thread has ended, perhaps in the commit.
            Err(self.early_end.get().map_or_else(panicked, Error::from))
        })
    }

    pub(super) async fn roll_back(&self) {
        let (reply, answer) = oneshot::channel();
        // If the writing thread has ended the transaction before, it is rolled back.
        if self.send(Step::RollBack(reply)).is_ok() {
            let _ = answer.await;
        }
    }

    fn send(&self, step: Step) -> Result<(), Error> {
        Ok(self.early_end.send(&self.steps, step)?)
    }

    /// Waits for an answer. The writing thread drops the steps of a transaction that it has ended.
    async fn receive<T>(&self, answer: oneshot::Receiver<T>) -> Result<T, Error> {
        answer.await.map_err(|_| self.has_ended())
    }

    fn has_ended(&self) -> Error {
        let reason = self.early_end.get();
        reason.unwrap_or(TransactionError::RolledBack).into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::expect_used,
        reason = "a test that meets what it did not expect should stop"
    )]

    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::interface::Writes;

    /// The writing thread ends the transaction, while the caller sends its last step.
    #[test]
    fn a_step_that_is_received_no_more_is_refused() {
        let in_flight = Arc::new(Writes::default()).begin().expect("an open handle");
        let limit = Duration::from_secs(1);
        let (job, _begun, transaction) = SqliteTransaction::new(limit, limit, in_flight);
        let (mut commit, mut roll_back) = (pin!(transaction.commit()), pin!(transaction.roll_back()));
        assert!(commit.as_mut().now_or_never().is_none());
        assert!(roll_back.as_mut().now_or_never().is_none());
        job.early_end.set(TransactionError::TimeLimit { limit });
        job.early_end.end(&job.steps);
        drop(job);
        let committed = commit.now_or_never().expect("an answer");
        assert!(matches!(
            committed,
            Err(Error::Transaction(TransactionError::TimeLimit { .. }))
        ));
        roll_back.now_or_never().expect("an answer");
    }
}
