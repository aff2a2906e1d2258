//! The way to the threads of a database.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::cancellation::Cancellation;
use super::file_watch::{LOST, Lost};
use super::inline_reads::Near;
use super::table::{Carried, Done, Table};
use crate::error::Error;
use crate::interface::{InFlight, Write, Written};

/// Something to do on a connection, outside a transaction.
pub(super) type Task = Box<dyn FnOnce(&mut Connection) + Send>;

/// What the writing thread does.
pub(super) enum Job {
    /// A write, which shares its commit with those that wait along with it.
    Write(WriteJob),
    /// Anything else.
    Task(Task),
}

/// A write and whoever waits for it.
pub(super) struct WriteJob {
    pub(super) table: Arc<Table>,
    pub(super) write: Write,
    // In flight until it is answered: the caller's future may have been dropped, or may not be polled.
    in_flight: InFlight,
    reply: oneshot::Sender<Answer>,
}

/// What has become of a write. The write goes back with it, since threads that free each other's memory wait for each
/// other in the allocator.
struct Answer {
    table: Arc<Table>,
    write: Write,
    outcome: Result<Done, Error>,
}

impl WriteJob {
    /// Answers whoever waits, who may have left.
    pub(super) fn answer(self, outcome: Result<Done, Error>) {
        let Self {
            table,
            write,
            in_flight,
            reply,
        } = self;
        drop(in_flight);
        let _ = reply.send(Answer {
            table,
            write,
            outcome,
        });
    }
}

/// What a write has come to, before its commit.
pub(super) type Outcome = Result<Carried, Error>;

/// The queues of a database's threads. The threads end when the queues are closed and empty.
pub(super) struct Queues {
    open: RwLock<Option<Open>>,
    lost: Lost,
    threads: watch::Sender<()>,
    /// How long a read may take from when it is asked for.
    read_time: Duration,
}

struct Open {
    // Dropped first: the writer's connection is to be the last, since that is the one that brings the log into the file.
    near: Near,
    writes: Sender<Job>,
    /// Absent where the database is in one connection's memory: then its thread reads too.
    reads: Option<Sender<Task>>,
}

/// The threads' ends of the queues.
pub(super) struct Ends {
    pub(super) jobs: Receiver<Job>,
    pub(super) tasks: Receiver<Task>,
    /// A thread holds a clone until it has ended.
    pub(super) alive: watch::Receiver<()>,
}

impl Queues {
    /// Queues in which this many jobs wait at most: for the writer, and for all readers together.
    pub(super) fn new(bound: usize, has_readers: bool, read_time: Duration, lost: Lost) -> (Self, Ends) {
        let (writes, jobs) = bounded(bound);
        let (reads, tasks) = bounded(bound);
        let (threads, alive) = watch::channel(());
        let open = Open {
            near: Near::default(),
            writes,
            reads: has_readers.then_some(reads),
        };
        let queues = Self {
            open: RwLock::new(Some(open)),
            lost,
            threads,
            read_time,
        };
        (queues, Ends { jobs, tasks, alive })
    }

    /// Hands a write to the writing thread and waits for its outcome.
    pub(super) async fn write(
        &self,
        table: Arc<Table>,
        write: Write,
        in_flight: InFlight,
    ) -> Result<Written, Error> {
        let (reply, answer) = oneshot::channel();
        self.send_job(Job::Write(WriteJob {
            table,
            write,
            in_flight,
            reply,
        }))?;
        let Answer {
            table,
            write,
            outcome,
        } = received(answer).await?;
        outcome.map(|done| table.written(done, write))
    }

    /// Lets reads of one row run in the calling thread from now on.
    pub(super) fn set_near(&self, near: Near) {
        if let Some(open) = &mut *self.open.write().unwrap_or_else(PoisonError::into_inner) {
            open.near = near;
        }
    }

    /// Runs this here and now, where a connection is free for it.
    pub(super) fn read_near<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        if self.lost.is_set() {
            return Some(Err(LOST));
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref()?.near.read(read)
    }

    /// Reads rows of this manager on a reading thread. The read ends early where its caller leaves, or its time is over.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        manager: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let cancellation = Cancellation::new(self.read_time);
        let _caller = cancellation.caller();
        let task: Task = Box::new(move |connection| {
            if !cancellation.is_abandoned() {
                let _ = reply.send(cancellation.run(manager, connection, read));
            }
        });
        self.send_task(task)?;
        received(answer).await?
    }

    /// Runs this on the writing thread, outside a transaction.
    pub(super) async fn on_writer<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.send_job(Job::Task(Box::new(move |connection| {
            let _ = reply.send(task(connection));
        })))?;
        received(answer).await?
    }

    fn send_job(&self, job: Job) -> Result<(), Error> {
        if self.lost.is_set() {
            return Err(LOST);
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(CLOSED)?;
        open.writes.try_send(job).map_err(refused)
    }

    fn send_task(&self, task: Task) -> Result<(), Error> {
        if self.lost.is_set() {
            return Err(LOST);
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(CLOSED)?;
        match &open.reads {
            Some(reads) => reads.try_send(task).map_err(refused),
            None => open.writes.try_send(Job::Task(task)).map_err(refused),
        }
    }

    /// Takes no more jobs, and waits until those that were taken are done and the threads have ended.
    pub(super) async fn close(&self) {
        drop(self.open.write().unwrap_or_else(PoisonError::into_inner).take());
        self.threads.closed().await;
    }
}

const CLOSED: Error = Error::Unavailable("the database is closed");

fn refused<T>(error: TrySendError<T>) -> Error {
    match error {
        TrySendError::Full(_) => Error::Unavailable("too many reads or writes wait for the database"),
        TrySendError::Disconnected(_) => CLOSED,
    }
}

/// A job that is dropped unanswered has panicked.
async fn received<T>(answer: oneshot::Receiver<T>) -> Result<T, Error> {
    answer.await.map_err(|_| panicked())
}

pub(super) fn panicked() -> Error {
    Error::storage(anyhow::anyhow!("a thread of the database panicked"))
}
