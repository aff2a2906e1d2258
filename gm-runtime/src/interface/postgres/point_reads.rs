//! Reads of one row: pipelined on a connection that the callers of a thread share.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use super::connector::Connector;
use super::error::{ReadError, is_broken, is_stale_statement};
use super::job_queue::CLOSED;
use super::point_slot::{Acquired, Opening, PointSlot};
use super::read_clock::ReadClock;
use super::session::Session;
use crate::error::Error;
use crate::manager::Description;
use crate::time_limit::with_time_limit;

/// Reads of one row by its id. Each thread has a connection, which its callers share: a read is sent without waiting for the answers
/// to those before it, and is answered on the same thread.
///
/// Such a read takes microseconds. If the server answers none for a second, since a lock or a cut network delays the first one, the
/// connection is given up, and its reads are carried out like those of lists. `docs/design/postgres.md`, section Point reads, says
/// what this protects from.
pub(super) struct PointReads {
    slots: Box<[Arc<PointSlot>]>,
    connector: Arc<Connector>,
    /// For callers without a runtime.
    runtime: Handle,
    is_closed: AtomicBool,
}

/// The time without any answer after which a connection is given up.
const PATIENCE: Duration = Duration::from_secs(1);

/// The result of a point read.
pub(super) enum PointRead<T> {
    Read(Result<T, Error>),
    /// The read has to be carried out like one of a list.
    Elsewhere,
}

impl PointReads {
    pub(super) fn new(connector: Arc<Connector>, runtime: Handle) -> Self {
        let number = connector.settings().point_connections.get();
        Self {
            slots: (0..number).map(|_| Arc::default()).collect(),
            connector,
            runtime,
            is_closed: AtomicBool::new(false),
        }
    }

    /// The slot of this thread.
    fn slot(&self) -> Option<&Arc<PointSlot>> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        // A thread that ends has no number.
        let number = THREAD.try_with(|number| *number).unwrap_or(0);
        self.slots.get(number.checked_rem(self.slots.len())?)
    }

    /// Reads in the session of this thread. A read whose connection breaks is repeated once, so `read` is called once or twice.
    pub(super) async fn read<T, F>(
        &self,
        description: &'static Description,
        clock: &ReadClock,
        read: impl Fn(Arc<Session>) -> F,
    ) -> PointRead<T>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        let Some(slot) = self.slot().filter(|_| !self.is_closed.load(Ordering::Relaxed)) else {
            return PointRead::Read(Err(CLOSED));
        };
        let mut is_repeated = false;
        loop {
            let session = match slot.acquire(&self.connector, &self.runtime) {
                Acquired::Session(session) => session,
                Acquired::Opening(opening) => match opened(slot, opening, clock).await {
                    PointRead::Read(Ok(session)) => session,
                    PointRead::Read(Err(error)) => return PointRead::Read(Err(error)),
                    PointRead::Elsewhere => return PointRead::Elsewhere,
                },
                Acquired::Nothing => return PointRead::Elsewhere,
            };
            let result = {
                let mut reading = pin!(read(Arc::clone(&session)));
                loop {
                    let answers = session.answers();
                    let limit = PATIENCE.min(clock.remaining());
                    match with_time_limit(limit, reading.as_mut()).await {
                        Some(result) => break result,
                        None if clock.is_late() => {
                            let late = clock.late(description, Duration::ZERO);
                            return PointRead::Read(Err(late));
                        }
                        None if session.answers() != answers => {}
                        None => {
                            slot.give_up(&session);
                            return PointRead::Elsewhere;
                        }
                    }
                }
            };
            session.count_answer();
            match result {
                Ok(answer) => return PointRead::Read(Ok(answer)),
                Err(ReadError::Failed(error)) => return PointRead::Read(Err(error)),
                Err(ReadError::Database(error)) => {
                    if is_broken(&error) {
                        slot.give_up(&session);
                    } else if is_stale_statement(&error) {
                        session.forget_statements();
                    } else {
                        let error = clock.error(description, Duration::ZERO, &error);
                        return PointRead::Read(Err(error));
                    }
                    if is_repeated {
                        let error = clock.error(description, Duration::ZERO, &error);
                        return PointRead::Read(Err(error));
                    }
                    is_repeated = true;
                }
            }
        }
    }

    /// Refuses further reads. Connections end once their reads have ended.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            slot.close();
        }
    }
}

/// Waits for a session that is being opened.
async fn opened(slot: &PointSlot, mut opening: Opening, clock: &ReadClock) -> PointRead<Arc<Session>> {
    let limit = PATIENCE.min(clock.remaining());
    {
        let opened = pin!(opening.wait_for(Option::is_some));
        match with_time_limit(limit, opened).await {
            Some(Ok(opened)) => match opened.as_ref() {
                Some(result) => return PointRead::Read(result.clone()),
                None => return PointRead::Elsewhere,
            },
            // Its runtime has ended.
            Some(Err(_)) => return PointRead::Elsewhere,
            None => {}
        }
    }
    slot.give_up_opening(&opening);
    PointRead::Elsewhere
}
