//! A write of many rows as a job of the writing thread.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::query::BuiltQuery;
use super::table::Table;
use crate::error::Error;
use crate::interface::{BulkRequest, BulkWritten};
use crate::query::pattern::Deadline;
use crate::trace::{self, TraceContext};

/// A write of many rows, and the channel for its answer.
pub(super) struct BulkJob {
    pub(super) table: Arc<Table>,
    // The write is in flight until it is answered.
    pub(super) request: BulkRequest,
    /// The query of the rows that match, with the time limit of its patterns. A create has none.
    pub(super) query: Option<(BuiltQuery, Deadline)>,
    /// The trace of the write.
    pub(super) trace: Option<TraceContext>,
    reply: oneshot::Sender<Result<BulkWritten, Error>>,
}

impl BulkJob {
    /// A write, and the receiver of its answer.
    pub(super) fn new(
        table: Arc<Table>,
        request: BulkRequest,
        query: Option<(BuiltQuery, Deadline)>,
    ) -> (Self, oneshot::Receiver<Result<BulkWritten, Error>>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            table,
            request,
            query,
            trace: trace::current(),
            reply,
        };
        (job, answer)
    }

    /// Answers the caller, if it still waits.
    pub(super) fn answer(self, result: Result<BulkWritten, Error>) {
        drop(self.request);
        let _ = self.reply.send(result);
    }
}
