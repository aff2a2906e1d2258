//! Reads of one row: pipelined on a connection that the callers of a thread share.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::connector::Connector;
use super::error::{ReadError, is_broken, is_stale_statement};
use super::job_queue::CLOSED;
use super::purpose::Purpose;
use super::read_clock::ReadClock;
use super::session::Session;
use super::session_slot::{Acquired, Opening, SessionSlot};
use super::thread_slots::{ThreadRead, ThreadSlots};
use crate::error::Error;
use crate::manager::Description;
use crate::time_limit::with_time_limit;

/// Reads of one row by its id. Each thread has a connection, which its callers share: a read is sent without waiting for the answers
/// to those before it, and is answered on the same thread.
///
/// Such a read takes microseconds. If the server answers none for a second, since a lock or a cut network delays the first one, the
/// connection is given up, and its reads are carried out like those of lists. `docs/design/postgres.md`, section Point reads, says
/// what this protects from.
pub(super) struct PointReads(ThreadSlots);

/// The time without any answer after which a connection is given up.
const PATIENCE: Duration = Duration::from_secs(1);

impl PointReads {
    pub(super) fn new(connector: Arc<Connector>, runtime: Handle) -> Self {
        Self(ThreadSlots::new(connector, Purpose::PointReads, runtime))
    }

    /// Reads in the session of this thread. A read whose connection breaks is repeated once, so `read` is called once or twice.
    pub(super) async fn read<T, F>(
        &self,
        description: &'static Description,
        clock: &ReadClock,
        read: impl Fn(Arc<Session>) -> F,
    ) -> Result<ThreadRead<T>, Error>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        let slot = self.0.current().ok_or(CLOSED)?;
        let mut is_repeated = false;
        loop {
            let session = match slot.acquire(&self.0.connector, &self.0.runtime) {
                Acquired::Session(session) => session,
                Acquired::Opening(opening) => match Box::pin(opened(slot, opening, clock)).await? {
                    ThreadRead::Done(session) => session,
                    ThreadRead::Elsewhere => return Ok(ThreadRead::Elsewhere),
                },
                Acquired::Nothing => return Ok(ThreadRead::Elsewhere),
            };
            let Some(result) = answer(&session, read(Arc::clone(&session)), clock).await else {
                slot.give_up(&session);
                return match clock.remaining_with_grace().is_zero() {
                    true => Err(clock.unanswered(description, Duration::ZERO)),
                    false => Ok(ThreadRead::Elsewhere),
                };
            };
            match result {
                Ok(answer) => return Ok(ThreadRead::Done(answer)),
                Err(ReadError::Failed(error)) => return Err(error),
                Err(ReadError::Database(error)) => {
                    let is_broken = is_broken(&error);
                    if is_broken {
                        slot.give_up(&session);
                    }
                    if is_repeated || !(is_broken || is_stale_statement(&error)) {
                        return Err(clock.error(description, Duration::ZERO, &error));
                    }
                    session.forget_statements();
                    is_repeated = true;
                }
            }
        }
    }

    /// Refuses further reads. Connections end once their reads have ended.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// Waits for an answer. `None` if the session gives no answers at all for a while, or at the time limit.
async fn answer<T>(session: &Session, read: impl Future<Output = T>, clock: &ReadClock) -> Option<T> {
    let mut read = pin!(read);
    loop {
        let answers = session.answers();
        let left = clock.remaining_with_grace();
        match with_time_limit(PATIENCE.min(left), read.as_mut()).await {
            Some(answer) => {
                session.count_answer();
                return Some(answer);
            }
            None if left <= PATIENCE || session.answers() == answers => return None,
            None => {}
        }
    }
}

/// Waits for a session that is being opened.
async fn opened(
    slot: &SessionSlot,
    mut opening: Opening,
    clock: &ReadClock,
) -> Result<ThreadRead<Arc<Session>>, Error> {
    {
        let opened = pin!(opening.wait_for(Option::is_some));
        match with_time_limit(PATIENCE.min(clock.remaining()), opened).await {
            Some(Ok(opened)) => {
                return match opened.as_ref() {
                    Some(result) => result.clone().map(ThreadRead::Done),
                    None => Ok(ThreadRead::Elsewhere),
                };
            }
            // Its runtime has ended.
            Some(Err(_)) => return Ok(ThreadRead::Elsewhere),
            None => {}
        }
    }
    slot.give_up_opening(&opening);
    Ok(ThreadRead::Elsewhere)
}
