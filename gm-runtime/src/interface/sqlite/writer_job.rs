//! The jobs of the writing thread.

use super::bulk_job::BulkJob;
use super::job::{Task, WriteJob};
use super::transaction_job::TransactionJob;

/// A job of the writing thread.
pub(super) enum Job {
    /// A write. It shares a transaction with the other writes in the queue.
    Write(WriteJob),
    /// A write of many rows, which has a transaction of its own.
    Bulk(Box<BulkJob>),
    /// A transaction of the application, whose verbs come over a channel of its own.
    Transaction(TransactionJob),
    /// Any other job.
    Task(Task),
}
