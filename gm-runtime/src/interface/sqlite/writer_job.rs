//! The jobs of the writing thread.

use super::job::{Task, WriteJob};
use super::transaction_job::TransactionJob;

/// A job of the writing thread.
pub(super) enum Job {
    /// A write. It shares a transaction with the other writes in the queue.
    Write(WriteJob),
    /// A transaction of the application, whose verbs come over a channel of its own.
    Transaction(TransactionJob),
    /// Any other job.
    Task(Task),
}
