//! Reads of lists on the connection of a worker thread.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, select};
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep, timeout};

use super::connector::Connector;
use super::error::{ReadError, is_broken, is_cancelled, is_stale_statement};
use super::purpose::Purpose;
use super::read_clock::ReadClock;
use super::session::Session;
use super::session_slot::SessionSlot;
use super::thread_slots::{ThreadRead, ThreadSlots};
use super::under_way::Ticket;
use crate::error::Error;
use crate::manager::Description;

/// Reads of lists on the connection of a worker thread.
///
/// Most lists take less than a millisecond. They are pipelined and answered on the caller's thread, which takes half the time of a
/// connection on another thread. A list does not wait behind a slow one: it is read on a connection of its own then, and so is
/// what was already sent behind a slow one.
pub(super) struct ThreadLists(ThreadSlots);

/// How long a list waits for those before it, as far as the time of the last ones tells. A longer wait is worth another connection.
const LONGEST_WAIT: Duration = Duration::from_millis(5);
/// How long a list waits behind a single one that takes longer than expected.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long a statement is left to itself that no caller waits for. Then it is cancelled.
const ABANDONED: Duration = Duration::from_millis(100);

impl ThreadLists {
    pub(super) fn new(connector: Arc<Connector>, runtime: Handle) -> Self {
        Self(ThreadSlots::new(connector, Purpose::ListReads, runtime))
    }

    /// Reads in the session of this thread. If the future is dropped, the read is cancelled.
    pub(super) async fn read<T, F>(
        &self,
        description: &'static Description,
        clock: &ReadClock,
        read: impl FnOnce(Arc<Session>) -> F,
    ) -> Result<ThreadRead<T>, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ReadError>> + Send + 'static,
    {
        // The time limits of a pooler's sessions are those of transactions.
        if self.0.connector.is_pooled() {
            return Ok(ThreadRead::Elsewhere);
        }
        let Some(slot) = self.0.current() else {
            return Ok(ThreadRead::Elsewhere);
        };
        let Some((session, runtime)) = slot.acquire_here(&self.0.connector, &self.0.runtime) else {
            return Ok(ThreadRead::Elsewhere);
        };
        let Some(ticket) = session.under_way().begin(LONGEST_WAIT) else {
            return Ok(ThreadRead::Elsewhere);
        };
        let mut reading = Reading(Some(Sent {
            answer: Box::pin(read(Arc::clone(&session))),
            ticket,
            session: Arc::clone(&session),
            slot: Arc::clone(slot),
            runtime: runtime.clone(),
        }));
        let mut limit = PATIENCE;
        let result = loop {
            let answered = {
                let late = pin!(sleep_in(&runtime, limit));
                match select(&mut reading, late).await {
                    Either::Left((result, _)) => Some(result),
                    Either::Right(_) => None,
                }
            };
            match answered {
                Some(result) => break result,
                None if clock.remaining_with_grace().is_zero() => {
                    return Err(clock.unanswered(description, Duration::ZERO));
                }
                None if reading.is_first() => limit = clock.remaining_with_grace(),
                None => {
                    limit = PATIENCE.saturating_sub(reading.first_for());
                    if limit.is_zero() {
                        return Ok(ThreadRead::Elsewhere);
                    }
                }
            }
        };
        match result {
            Ok(answer) => Ok(ThreadRead::Done(answer)),
            Err(ReadError::Failed(error)) => {
                // The rest of the rows may be left on the connection.
                slot.forget(&session);
                runtime.spawn(async move { session.cancel().await });
                Err(error)
            }
            Err(ReadError::Database(error)) if is_broken(&error) => {
                slot.give_up(&session);
                Ok(ThreadRead::Elsewhere)
            }
            Err(ReadError::Database(error)) if is_stale_statement(&error) => {
                session.forget_statements();
                Ok(ThreadRead::Elsewhere)
            }
            // The request to cancel another statement was late, and has hit this one.
            Err(ReadError::Database(error)) if is_cancelled(&error) && !clock.is_late() => {
                Ok(ThreadRead::Elsewhere)
            }
            Err(ReadError::Database(error)) => Err(clock.error(description, Duration::ZERO, &error)),
        }
    }

    /// Refuses further reads. Connections end once their reads have ended.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// A timer of this runtime. The caller may be polled outside of it meanwhile.
fn sleep_in(runtime: &Handle, time: Duration) -> Sleep {
    let _entered = runtime.enter();
    sleep(time)
}

/// A statement that was sent, until its answer is complete.
struct Reading<T: Send + 'static>(Option<Sent<T>>);

struct Sent<T> {
    answer: BoxFuture<'static, Result<T, ReadError>>,
    ticket: Ticket,
    session: Arc<Session>,
    slot: Arc<SessionSlot>,
    runtime: Handle,
}

impl<T: Send> Reading<T> {
    fn is_first(&self) -> bool {
        self.0.as_ref().is_some_and(|sent| sent.ticket.is_first())
    }

    /// How long the first list on the connection has been the first.
    fn first_for(&self) -> Duration {
        self.0
            .as_ref()
            .map_or(Duration::ZERO, |sent| sent.ticket.first_for())
    }
}

impl<T: Send> Future for Reading<T> {
    type Output = Result<T, ReadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(sent) = &mut self.0 else {
            return Poll::Pending;
        };
        let polled = sent.answer.as_mut().poll(cx);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Reading<T> {
    fn drop(&mut self) {
        if let Some(sent) = self.0.take() {
            sent.runtime.clone().spawn(sent.abandon());
        }
    }
}

impl<T: Send> Sent<T> {
    /// Takes the rest of an answer that no caller waits for. A statement that takes long is cancelled.
    async fn abandon(mut self) {
        while timeout(ABANDONED, &mut self.answer).await.is_err() {
            if self.ticket.is_first() {
                self.slot.forget(&self.session);
                self.session.cancel().await;
                return;
            }
        }
    }
}
