//! A transaction as a job of the writing thread.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::Receiver;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::bulk_job::BulkJob;
use super::job::WriteJob;
use crate::error::{Error, TransactionError};
use crate::interface::InFlight;

/// A transaction, which waits for its turn on the writing thread. Dropping the sender of its steps rolls it back.
pub(super) struct TransactionJob {
    pub(super) steps: Receiver<Step>,
    /// Answers when the transaction has begun.
    pub(super) begun: oneshot::Sender<Result<(), Error>>,
    pub(super) limit: Duration,
    pub(super) early_end: EarlyEnd,
    /// Held until the transaction has ended.
    pub(super) in_flight: InFlight,
}

/// A step of a transaction, with the channel for its answer.
pub(super) enum Step {
    Write(WriteJob),
    WriteMany(Box<BulkJob>),
    Read(Box<dyn FnOnce(&Connection) + Send>),
    Commit(oneshot::Sender<Result<(), Error>>),
    RollBack(oneshot::Sender<()>),
}

/// Why the writing thread has ended a transaction by itself, if it has. It is set before the answer to the last verb, since a
/// channel does not drop the steps that nothing receives any more.
#[derive(Clone, Default)]
pub(super) struct EarlyEnd(Arc<OnceLock<TransactionError>>);

impl EarlyEnd {
    pub(super) fn set(&self, reason: TransactionError) {
        let _ = self.0.set(reason);
    }

    pub(super) fn get(&self) -> Option<&TransactionError> {
        self.0.get()
    }
}
