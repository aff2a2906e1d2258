//! A transaction as a job of the writing thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::bulk_job::BulkJob;
use super::job::WriteJob;
use super::stored_answers::StoredAnswers;
use crate::error::{Error, TransactionError};
use crate::interface::{InFlight, SavepointCommand};
use crate::trace::TraceContext;

/// A transaction, which waits for its turn on the writing thread. Dropping the sender of its steps rolls it back.
pub(super) struct TransactionJob {
    pub(super) steps: Receiver<Step>,
    /// Answers when the transaction has begun.
    pub(super) begun: oneshot::Sender<Result<(), Error>>,
    pub(super) limit: Duration,
    pub(super) early_end: EarlyEnd,
    /// Held until the transaction has ended.
    pub(super) in_flight: InFlight,
    /// The trace of the caller.
    pub(super) trace: Option<TraceContext>,
}

/// A step of a transaction, with the channel for its answer.
pub(super) enum Step {
    Write(WriteJob),
    WriteMany(Box<BulkJob>),
    Read(Box<dyn FnOnce(&Connection) + Send>),
    /// Finds or stores an answer under an idempotency key.
    Answer(Box<AnswerStep>),
    Savepoint(SavepointCommand, oneshot::Sender<Result<(), Error>>),
    Commit(oneshot::Sender<Result<(), Error>>),
    RollBack(oneshot::Sender<()>),
}

type AnswerStep = dyn FnOnce(&StoredAnswers, &Connection) + Send;

/// Why the writing thread has ended a transaction by itself, if it has. It is set before the answer to the last verb.
///
/// A step is sent while the lock is held. So each step is sent before the end, and the thread drops it, or is refused.
#[derive(Clone, Default)]
pub(super) struct EarlyEnd(Arc<Mutex<Option<TransactionError>>>);

impl EarlyEnd {
    fn lock(&self) -> MutexGuard<'_, Option<TransactionError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, reason: TransactionError) {
        self.lock().get_or_insert(reason);
    }

    pub(super) fn get(&self) -> Option<TransactionError> {
        self.lock().clone()
    }

    /// Sends a step.
    ///
    /// # Errors
    /// Why the transaction has ended.
    pub(super) fn send(&self, steps: &Sender<Step>, step: Step) -> Result<(), TransactionError> {
        match &*self.lock() {
            None => steps.try_send(step).map_err(|_| TransactionError::RolledBack),
            Some(reason) => Err(reason.clone()),
        }
    }

    /// Ends the transaction, whose steps the writing thread receives no more. The channel would not drop those that were sent before,
    /// and their callers would wait without end.
    pub(super) fn end(&self, steps: &Receiver<Step>) {
        self.set(TransactionError::RolledBack);
        while steps.try_recv().is_ok() {}
    }
}
