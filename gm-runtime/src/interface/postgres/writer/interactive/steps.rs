//! The steps of a transaction, and the handle that sends them to its task.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::super::super::locked_query::LockedQuery;
use super::super::super::read_clock::ReadClock;
use super::super::super::reads_inside::AnswerRead;
use super::super::super::table::Table;
use crate::error::{Error, TransactionError};
use crate::interface::{
    Answer, BulkRequest, BulkWritten, Replay, RequestIdentity, SavepointCommand, StoredAnswer, WriteRequest,
    Written,
};
use crate::manager::Description;

/// The most steps that wait for the task. One verb is carried out at a time, so only dropped ones wait.
const STEPS: usize = 4;

/// A step of a transaction, with the channel for its answer.
pub(super) enum Step {
    Write(WriteStep),
    WriteMany(Box<WriteManyStep>),
    Read(ReadStep),
    ClaimKey(ClaimStep),
    StoreAnswer(StoreStep),
    Savepoint(SavepointCommand, oneshot::Sender<Result<(), Error>>),
    Commit(oneshot::Sender<Result<(), Error>>),
    RollBack(oneshot::Sender<()>),
}

pub(super) struct WriteStep {
    pub(super) table: Arc<Table>,
    pub(super) request: WriteRequest,
    pub(super) reply: oneshot::Sender<Result<Written, Error>>,
}

pub(super) struct WriteManyStep {
    pub(super) table: Arc<Table>,
    pub(super) request: BulkRequest,
    /// The query of the rows that match. A create has none.
    pub(super) query: Option<LockedQuery>,
    pub(super) reply: oneshot::Sender<Result<BulkWritten, Error>>,
}

pub(super) struct ReadStep {
    pub(super) description: &'static Description,
    pub(super) clock: ReadClock,
    pub(super) read: AnswerRead,
    pub(super) reply: oneshot::Sender<Result<Answer, Error>>,
}

pub(super) struct ClaimStep {
    pub(super) request: RequestIdentity,
    pub(super) reply: oneshot::Sender<Result<Option<Replay>, Error>>,
}

pub(super) struct StoreStep {
    pub(super) request: RequestIdentity,
    pub(super) answer: StoredAnswer,
    pub(super) reply: oneshot::Sender<Result<(), Error>>,
}

/// A transaction that has begun. It ends without a commit when this is dropped.
pub(in crate::interface::postgres) struct PostgresTransaction {
    steps: mpsc::Sender<Step>,
    early_end: EarlyEnd,
}

/// Why the task has ended a transaction by itself, if it has. It is set before the answer to the last verb, since a step that is
/// sent at the end may never be received.
#[derive(Clone, Default)]
pub(super) struct EarlyEnd(Arc<OnceLock<TransactionError>>);

impl EarlyEnd {
    pub(super) fn set(&self, reason: TransactionError) {
        let _ = self.0.set(reason);
    }

    pub(super) fn set_late(&self, limit: Duration) {
        self.set(TransactionError::TimeLimit { limit });
    }

    pub(super) fn reason(&self) -> TransactionError {
        self.0.get().cloned().unwrap_or(TransactionError::RolledBack)
    }
}

impl PostgresTransaction {
    /// A transaction, and the receiver of its steps.
    pub(super) fn new(early_end: EarlyEnd) -> (Self, mpsc::Receiver<Step>) {
        let (sender, steps) = mpsc::channel(STEPS);
        let transaction = Self {
            steps: sender,
            early_end,
        };
        (transaction, steps)
    }

    /// Carries out a write.
    pub(in crate::interface::postgres) async fn write(
        &self,
        table: Arc<Table>,
        request: WriteRequest,
    ) -> Result<Written, Error> {
        let (reply, answer) = oneshot::channel();
        let step = WriteStep {
            table,
            request,
            reply,
        };
        self.send(Step::Write(step))?;
        self.receive(answer).await?
    }

    /// Carries out a write of many rows. `query` is that of the rows that match.
    pub(in crate::interface::postgres) async fn write_many(
        &self,
        table: Arc<Table>,
        request: BulkRequest,
        query: Option<LockedQuery>,
    ) -> Result<BulkWritten, Error> {
        let (reply, answer) = oneshot::channel();
        let step = WriteManyStep {
            table,
            request,
            query,
            reply,
        };
        self.send(Step::WriteMany(Box::new(step)))?;
        self.receive(answer).await?
    }

    /// Reads rows of this manager as the transaction sees them.
    pub(in crate::interface::postgres) async fn read(
        &self,
        description: &'static Description,
        clock: ReadClock,
        read: AnswerRead,
    ) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        let step = ReadStep {
            description,
            clock,
            read,
            reply,
        };
        self.send(Step::Read(step))?;
        self.receive(answer).await?
    }

    /// Claims the idempotency key of a request.
    pub(in crate::interface::postgres) async fn claim_key(
        &self,
        request: RequestIdentity,
    ) -> Result<Option<Replay>, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Step::ClaimKey(ClaimStep { request, reply }))?;
        self.receive(answer).await?
    }

    /// Stores the answer of the request whose key is claimed.
    pub(in crate::interface::postgres) async fn store_answer(
        &self,
        request: RequestIdentity,
        answer: StoredAnswer,
    ) -> Result<(), Error> {
        let (reply, stored) = oneshot::channel();
        let step = StoreStep {
            request,
            answer,
            reply,
        };
        self.send(Step::StoreAnswer(step))?;
        self.receive(stored).await?
    }

    pub(in crate::interface::postgres) async fn savepoint(
        &self,
        command: SavepointCommand,
    ) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Step::Savepoint(command, reply))?;
        self.receive(answer).await?
    }

    pub(in crate::interface::postgres) async fn commit(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Step::Commit(reply))?;
        answer.await.unwrap_or_else(|_| {
            // Without a reason the task ended, such as by the end of its thread, and the commit may have been sent.
            let reason = self.early_end.0.get().cloned();
            Err(reason.unwrap_or(TransactionError::OutcomeUnknown).into())
        })
    }

    pub(in crate::interface::postgres) async fn roll_back(&self) {
        let (reply, answer) = oneshot::channel();
        // If the task has ended the transaction before, it is rolled back.
        if self.send(Step::RollBack(reply)).is_ok() {
            let _ = answer.await;
        }
    }

    fn send(&self, step: Step) -> Result<(), Error> {
        match self.early_end.0.get() {
            None => self.steps.try_send(step).map_err(|_| self.has_ended()),
            Some(reason) => Err(reason.clone().into()),
        }
    }

    /// Waits for an answer. The task drops the steps of a transaction that it has ended.
    async fn receive<T>(&self, answer: oneshot::Receiver<T>) -> Result<T, Error> {
        answer.await.map_err(|_| self.has_ended())
    }

    fn has_ended(&self) -> Error {
        self.early_end.reason().into()
    }
}
