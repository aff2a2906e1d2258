//! Jobs for the threads of a database, and their answers.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::table::Table;
use super::write::{Executed, WriteResult};
use crate::error::Error;
use crate::interface::{Guard, IdempotencyKey, KeyedRequest, Write, WriteRequest, Written};
use crate::trace::{self, TraceContext};

/// A job outside of a transaction.
pub(super) type Task = Box<dyn FnOnce(&mut Connection) + Send>;

/// A write, and the channel for its answer.
pub(super) struct WriteJob {
    pub(super) table: Arc<Table>,
    // The write is in flight until it is answered, even if the caller dropped its future or does not poll it.
    pub(super) request: WriteRequest,
    /// The trace of the write.
    pub(super) trace: Option<TraceContext>,
    reply: oneshot::Sender<Answer>,
}

/// The result of a write before its commit.
pub(super) type Outcome = Result<Executed, Error>;

/// The answer to a write. The write, its guard and its key return to the caller's thread, which allocated its memory: freeing it on another
/// thread contends for the allocator's locks.
pub(super) struct Answer {
    table: Arc<Table>,
    write: Write,
    _guard: Option<Box<Guard>>,
    _key: Option<IdempotencyKey>,
    result: Result<WriteResult, Error>,
}

impl WriteJob {
    /// A write, and the receiver of its answer.
    pub(super) fn new(table: Arc<Table>, request: WriteRequest) -> (Self, oneshot::Receiver<Answer>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            table,
            request,
            trace: trace::current(),
            reply,
        };
        (job, answer)
    }

    /// The request of the write, if it has an idempotency key.
    pub(super) fn keyed(&self) -> Option<&KeyedRequest> {
        self.request.key.as_ref().and_then(IdempotencyKey::request)
    }

    /// Answers the caller, if it still waits.
    pub(super) fn answer(self, result: Result<WriteResult, Error>) {
        let Self {
            table,
            request,
            reply,
            ..
        } = self;
        let WriteRequest {
            write,
            guard,
            key,
            in_flight,
            ..
        } = request;
        drop(in_flight);
        let _ = reply.send(Answer {
            table,
            write,
            _guard: guard,
            _key: key,
            result,
        });
    }
}

impl Answer {
    /// Builds the caller's result.
    pub(super) fn into_written(self) -> Result<Written, Error> {
        let Self {
            table, write, result, ..
        } = self;
        result.and_then(|result| table.written(result, write))
    }
}

/// The error of a job that panicked.
pub(super) fn panicked() -> Error {
    Error::storage(anyhow::anyhow!("a thread of the database panicked"))
}
