//! The writer: one connection, on which the waiting writes share transactions.
//!
//! `docs/design/postgres.md`, section Writes, gives the reasons.

mod bulk;
mod check;
mod connection;
mod constraint_errors;
mod ended_answers;
mod endings;
mod failure;
mod interactive;
mod job;
mod keyed;
mod outcome;
mod pipeline;
mod prepared;
mod requests;
mod sight;
mod statement_cache;
mod statements;
mod stepwise;
mod stored_answers;
mod taken_keys;
mod task;
mod transaction;
mod waiting;
mod work;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};

use self::connection::Connection;
use self::job::WriteJob;
use self::task::Task;
use super::background::Background;
use super::connector::Connector;
use super::table::Table;
use crate::error::Error;
use crate::interface::{InFlight, KeyedRequest, Replay, WriteRequest, Written};

pub(super) use self::bulk::BulkWriter;
pub(super) use self::check::check_statements;
pub(super) use self::interactive::{InteractivePool, PostgresTransaction, begin};

/// The queue of the writes, and the task behind it.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<WriteJob>>>,
    /// The task has the receiver until it ends.
    ended: watch::Sender<()>,
}

impl Writer {
    /// Starts the task. It opens its connection at the first write.
    pub(super) fn start(connector: Arc<Connector>, background: &Background) -> Self {
        let (settings, write_time) = (*connector.settings(), connector.read_time());
        let (queue, jobs) = mpsc::channel(settings.queue.get());
        let (ended, alive) = watch::channel(());
        background.spawn(async move {
            let task = Task::new(jobs, Connection::new(connector), &settings, write_time);
            task.run().await;
            drop(alive);
        });
        Self {
            queue: Mutex::new(Some(queue)),
            ended,
        }
    }

    /// Writes a row. The write is carried out even if the future is dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the queue is full or closed, or if the write had no connection, or a lock of another transaction
    /// stood in its way, for longer than the busy timeout. [`Error::OutcomeUnknown`] if the connection broke at the commit.
    pub(super) async fn write(&self, table: Arc<Table>, request: WriteRequest) -> Result<Written, Error> {
        let manager = table.description().name();
        let (job, answer) = WriteJob::new(table, request);
        self.send(job)?;
        // Without an answer the task ended, such as by the end of its thread, and the write may have been sent.
        answer.await.unwrap_or(Err(Error::OutcomeUnknown { manager }))
    }

    /// Stores the answer of a request that is refused, unless its key stands for something already.
    pub(super) async fn remember(
        &self,
        table: Arc<Table>,
        request: KeyedRequest,
        in_flight: InFlight,
    ) -> Result<Option<Replay>, Error> {
        let manager = table.description().name();
        let (job, answer) = WriteJob::remember(table, request, in_flight);
        self.send(job)?;
        match answer.await.unwrap_or(Err(Error::OutcomeUnknown { manager }))? {
            Written::Replay(replay) => Ok(Some(*replay)),
            _ => Ok(None),
        }
    }

    /// The writes in the queue.
    pub(super) fn waiting(&self) -> usize {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref();
        queue.map_or(0, |queue| queue.max_capacity().saturating_sub(queue.capacity()))
    }

    fn send(&self, job: WriteJob) -> Result<(), Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(CLOSED)?;
        queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Unavailable("too many writes wait for the database"),
            mpsc::error::TrySendError::Closed(_) => CLOSED,
        })
    }

    /// Refuses further writes, and waits until the others are answered.
    pub(super) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.ended.closed().await;
    }
}

const CLOSED: Error = Error::Unavailable("the database is closed");
