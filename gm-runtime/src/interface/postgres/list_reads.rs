//! Reads of lists: connections of their own, with one statement at a time.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::background::Background;
use super::connector::Connector;
use super::error::ReadError;
use super::job_queue::JobQueue;
use super::list_reader::{ListRead, ListReader};
use super::read_clock::{ReadClock, WAITED_TOO_LONG};
use super::session::Session;
use super::thread_lists::ThreadLists;
use super::thread_slots::ThreadRead;
use crate::error::Error;
use crate::manager::Description;
use crate::time_limit::with_time_limit;

/// Reads of lists, on the connections of the callers' threads while they are fast. Slow ones have a few connections on the threads of
/// the database, each of which carries out one read at a time, so that neither a slow query nor a caller that stops polling delays
/// another one. A bounded queue holds the reads that wait.
pub(super) struct ListReads {
    threads: ThreadLists,
    queue: Arc<JobQueue<Job>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
    number: usize,
}

/// A read, which takes the reader and returns it.
type Job = Box<dyn FnOnce(ListReader) -> BoxFuture<'static, ListReader> + Send>;

/// The time after the limit of a read at which a caller no longer waits for the reader. The reader ends a read itself at the limit.
const REPLY_TIME: Duration = Duration::from_secs(1);

impl ListReads {
    /// Starts the readers. Each connects at its first read.
    pub(super) fn start(connector: &Arc<Connector>, background: &Background) -> Self {
        let settings = connector.settings();
        let queue = Arc::new(JobQueue::new(settings.queue.get()));
        let number = settings.readers.get();
        let start = |_| {
            let (queue, connector) = (Arc::clone(&queue), Arc::clone(connector));
            background.spawn(run(queue, connector))
        };
        let readers = Mutex::new((0..number).map(start).collect());
        Self {
            threads: ThreadLists::new(Arc::clone(connector), background.runtime()),
            queue,
            readers,
            number,
        }
    }

    /// Reads on the connection of this thread, or where it is busy on one of its own. A read may be repeated on another
    /// connection. It is cancelled if the future is dropped, and at its time limit.
    pub(super) async fn read<T, F>(
        &self,
        description: &'static Description,
        clock: ReadClock,
        read: impl Fn(Arc<Session>) -> F + Send + Sync + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ReadError>> + Send + 'static,
    {
        match self.threads.read(description, &clock, &read).await? {
            ThreadRead::Done(answer) => Ok(answer),
            ThreadRead::Elsewhere => Box::pin(self.read_alone(description, clock, read)).await,
        }
    }

    /// Reads on a connection of its own. A read whose connection breaks is repeated once, so `read` is called once or twice. It
    /// is cancelled if the future is dropped, and at its time limit.
    pub(super) async fn read_alone<T, F>(
        &self,
        description: &'static Description,
        clock: ReadClock,
        read: impl Fn(Arc<Session>) -> F + Send + Sync + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ReadError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let read = ListRead {
            description,
            clock,
            read,
            reply,
        };
        self.queue
            .push(Box::new(move |reader| Box::pin(reader.carry_out(read))))?;
        let limit = clock.remaining().saturating_add(REPLY_TIME);
        match with_time_limit(limit, answer).await {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::Unavailable("a read of the database was aborted")),
            // It was never begun: a reader answers in time.
            None => Err(WAITED_TOO_LONG),
        }
    }

    /// The reads in the queue.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Refuses further reads, and waits until the others are done.
    pub(super) async fn close(&self) {
        self.threads.close();
        self.queue.close(self.number);
        let readers = std::mem::take(&mut *self.readers.lock().unwrap_or_else(PoisonError::into_inner));
        for reader in readers {
            let _ = reader.await;
        }
    }
}

/// Carries out reads until the queue is closed and empty.
async fn run(queue: Arc<JobQueue<Job>>, connector: Arc<Connector>) {
    let mut reader = ListReader::new(Arc::clone(&connector));
    while let Some(job) = queue.next().await {
        // A panic drops the reply, so that the caller receives an error.
        reader = match AssertUnwindSafe(job(reader)).catch_unwind().await {
            Ok(reader) => reader,
            Err(_) => {
                tracing::error!("a read of the database panicked");
                ListReader::new(Arc::clone(&connector))
            }
        };
    }
}
