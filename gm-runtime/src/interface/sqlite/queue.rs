//! The bounded queues of a database's threads.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::bulk_job::BulkJob;
use super::cancellation::Cancellation;
use super::file_watch::{LOST, LostFile};
use super::inline_readers::InlineReaders;
use super::job::{Task, WriteJob, panicked};
use super::query::BuiltQuery;
use super::table::Table;
use super::transaction::SqliteTransaction;
use super::writer_job::Job;
use crate::error::Error;
use crate::interface::{BulkRequest, BulkWritten, InFlight, TransactionTimeLimit, WriteRequest, Written};
use crate::query::pattern::Deadline;

/// The queues of a database's threads. A thread ends when its queue is closed and empty.
pub(super) struct Queues {
    open: RwLock<Option<OpenQueues>>,
    lost: LostFile,
    threads: watch::Sender<()>,
    /// The time limit of a read, from its request on.
    read_time: Duration,
    transaction_time: TransactionTimeLimit,
}

struct OpenQueues {
    // Dropped first, because the writer's connection must close last: the last one moves the log into the file.
    inline: InlineReaders,
    writes: Sender<Job>,
    /// `None` for a database in memory, whose only connection is the writer's.
    reads: Option<Sender<Task>>,
}

/// The threads' ends of the queues.
pub(super) struct Receivers {
    pub(super) jobs: Receiver<Job>,
    pub(super) tasks: Receiver<Task>,
    /// Each thread holds a clone until it ends.
    pub(super) alive: watch::Receiver<()>,
}

impl Queues {
    /// Creates a queue of this size for the writer, and one for all readers together.
    pub(super) fn new(
        size: usize,
        has_readers: bool,
        read_time: Duration,
        transaction_time: TransactionTimeLimit,
        lost: LostFile,
    ) -> (Self, Receivers) {
        let (writes, jobs) = bounded(size);
        let (reads, tasks) = bounded(size);
        let (threads, alive) = watch::channel(());
        let open = OpenQueues {
            inline: InlineReaders::default(),
            writes,
            reads: has_readers.then_some(reads),
        };
        let queues = Self {
            open: RwLock::new(Some(open)),
            lost,
            threads,
            read_time,
            transaction_time,
        };
        (queues, Receivers { jobs, tasks, alive })
    }

    /// Sends a write to the writing thread, and waits for its answer.
    pub(super) async fn write(&self, table: Arc<Table>, request: WriteRequest) -> Result<Written, Error> {
        let (job, answer) = WriteJob::new(table, request);
        self.send_job(Job::Write(job))?;
        receive(answer).await?.into_written()
    }

    /// Sends a write of many rows to the writing thread, and waits for its answer. `query` is that of the rows that match.
    pub(super) async fn write_many(
        &self,
        table: Arc<Table>,
        request: BulkRequest,
        query: Option<(BuiltQuery, Deadline)>,
    ) -> Result<BulkWritten, Error> {
        let (job, answer) = BulkJob::new(table, request, query);
        self.send_job(Job::Bulk(Box::new(job)))?;
        receive(answer).await?
    }

    /// Allows inline reads on these connections.
    pub(super) fn set_inline_readers(&self, inline: InlineReaders) {
        if let Some(open) = &mut *self.open.write().unwrap_or_else(PoisonError::into_inner) {
            open.inline = inline;
        }
    }

    /// Reads on the calling thread. `None` if no connection is free, or the read belongs on a reading thread.
    pub(super) fn read_inline<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        if self.lost.is_set() {
            return Some(Err(LOST));
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref()?.inline.read(read)
    }

    /// Reads rows of this manager on a reading thread. The read is cancelled if the future is dropped, and at the read time
    /// limit.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        manager: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let cancellation = Cancellation::new(self.read_time);
        let _guard = cancellation.cancel_on_drop();
        let task: Task = Box::new(move |connection| {
            if !cancellation.is_cancelled() {
                let _ = reply.send(cancellation.run(manager, connection, read));
            }
        });
        self.send_task(task)?;
        receive(answer).await?
    }

    /// Runs a task on the writing thread, outside of a transaction.
    pub(super) async fn on_writer<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.send_job(Job::Task(Box::new(move |connection| {
            let _ = reply.send(task(connection));
        })))?;
        receive(answer).await?
    }

    /// Begins a transaction on the writing thread, when the writes and transactions before it have ended.
    pub(super) async fn begin(&self, in_flight: InFlight) -> Result<SqliteTransaction, Error> {
        let limit = self.transaction_time.0;
        let (job, begun, transaction) = SqliteTransaction::new(limit, self.read_time, in_flight);
        self.send_job(Job::Transaction(job))?;
        receive(begun).await??;
        Ok(transaction.begun())
    }

    /// The reads and the writes that wait.
    pub(super) fn waiting(&self) -> [usize; 2] {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = open.as_ref().map(|open| {
            let reads = open.reads.as_ref().map_or(0, Sender::len);
            [reads, open.writes.len()]
        });
        waiting.unwrap_or_default()
    }

    /// Whether the file was lost.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_set()
    }

    /// The time limit of a transaction.
    pub(super) fn transaction_time(&self) -> TransactionTimeLimit {
        self.transaction_time
    }

    fn send_job(&self, job: Job) -> Result<(), Error> {
        if self.lost.is_set() {
            return Err(LOST);
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(CLOSED)?;
        open.writes.try_send(job).map_err(send_error)
    }

    fn send_task(&self, task: Task) -> Result<(), Error> {
        if self.lost.is_set() {
            return Err(LOST);
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(CLOSED)?;
        match &open.reads {
            Some(reads) => reads.try_send(task).map_err(send_error),
            None => open.writes.try_send(Job::Task(task)).map_err(send_error),
        }
    }

    /// Closes the queues, and waits until the threads have done all jobs and ended.
    pub(super) async fn close(&self) {
        drop(self.open.write().unwrap_or_else(PoisonError::into_inner).take());
        self.threads.closed().await;
    }
}

const CLOSED: Error = Error::Unavailable("the database is closed");

fn send_error<T>(error: TrySendError<T>) -> Error {
    match error {
        TrySendError::Full(_) => Error::Unavailable("too many reads or writes wait for the database"),
        TrySendError::Disconnected(_) => CLOSED,
    }
}

/// Waits for an answer. A job that panics drops its end of the channel.
async fn receive<T>(answer: oneshot::Receiver<T>) -> Result<T, Error> {
    answer.await.map_err(|_| panicked())
}
