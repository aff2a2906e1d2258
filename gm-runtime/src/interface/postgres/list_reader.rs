//! A connection that reads lists.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use tokio::sync::oneshot;

use super::connector::{Connector, milliseconds};
use super::error::{ReadError, is_broken, is_stale_statement};
use super::purpose::Purpose;
use super::read_clock::ReadClock;
use super::session::Session;
use crate::error::Error;
use crate::manager::Description;

/// A connection that reads lists, one at a time. It is opened when it is needed.
pub(super) struct ListReader {
    connector: Arc<Connector>,
    session: Option<Arc<Session>>,
}

/// A read, and the channel for its answer.
pub(super) struct ListRead<T, R> {
    pub(super) description: &'static Description,
    pub(super) clock: ReadClock,
    pub(super) read: R,
    pub(super) reply: oneshot::Sender<Result<T, Error>>,
}

impl ListReader {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self {
            connector,
            session: None,
        }
    }

    /// Carries out a read, and answers its caller.
    pub(super) async fn carry_out<T, F>(
        mut self,
        job: ListRead<T, impl Fn(Arc<Session>) -> F + Send + Sync>,
    ) -> Self
    where
        T: Send,
        F: Future<Output = Result<T, ReadError>> + Send,
    {
        let ListRead {
            description,
            clock,
            read,
            mut reply,
        } = job;
        let waited = clock.elapsed();
        if reply.is_closed() {
            return self;
        }
        if clock.is_late() {
            let _ = reply.send(Err(clock.late(description, waited)));
            return self;
        }
        let late = tokio::time::sleep(clock.remaining_with_grace());
        let ended = {
            let attempts = std::pin::pin!(self.attempt(description, &clock, waited, &read));
            let given_up = std::pin::pin!(async {
                let closed = std::pin::pin!(reply.closed());
                matches!(select(closed, std::pin::pin!(late)).await, Either::Right(_))
            });
            match select(attempts, given_up).await {
                Either::Left((result, _)) => Ok(result),
                Either::Right((is_late, _)) => Err(is_late),
            }
        };
        match ended {
            Ok(result) => {
                let _ = reply.send(result);
            }
            Err(is_late) => {
                if is_late {
                    let _ = reply.send(Err(clock.unanswered(description, waited)));
                }
                self.cancel().await;
            }
        }
        self
    }

    /// Reads. A read whose connection breaks, or whose prepared statement is refused, is repeated once.
    async fn attempt<T, F>(
        &mut self,
        description: &'static Description,
        clock: &ReadClock,
        waited: Duration,
        read: &(impl Fn(Arc<Session>) -> F + Sync),
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, ReadError>> + Send,
    {
        let mut is_repeated = false;
        loop {
            let session = self.session().await?;
            match self.read_in_time(Arc::clone(&session), clock, read).await {
                Ok(answer) => return Ok(answer),
                Err(ReadError::Failed(error)) => {
                    // The rest of the rows, or a transaction, may be left on the connection.
                    self.cancel().await;
                    return Err(error);
                }
                Err(ReadError::Database(error)) => {
                    let is_worth_repeating = is_broken(&error) || is_stale_statement(&error);
                    session.discard();
                    self.session = None;
                    if is_repeated || !is_worth_repeating {
                        return Err(clock.error(description, waited, &error));
                    }
                    is_repeated = true;
                }
            }
        }
    }

    /// Reads in a session. A pooler's server has no time limits of a session, so that they are those of a transaction.
    async fn read_in_time<T, F>(
        &self,
        session: Arc<Session>,
        clock: &ReadClock,
        read: &(impl Fn(Arc<Session>) -> F + Sync),
    ) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        if !session.is_pooled() {
            return read(session).await;
        }
        let begin = format!(
            "BEGIN; SET LOCAL jit = off; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            milliseconds(clock.remaining()),
            self.connector.lock_timeout(),
        );
        // Both are sent at once, in this order.
        let (begun, answer) = join(session.batch(&begin), read(Arc::clone(&session))).await;
        begun?;
        let answer = answer?;
        session.batch("COMMIT").await?;
        Ok(answer)
    }

    /// The open session.
    async fn session(&mut self) -> Result<Arc<Session>, Error> {
        if let Some(session) = self.session.as_ref().filter(|session| !session.is_closed()) {
            return Ok(Arc::clone(session));
        }
        let (session, driver) = self.connector.open(Purpose::ListReads).await?;
        session.driven_by(tokio::spawn(driver).abort_handle());
        self.session = Some(Arc::clone(&session));
        Ok(session)
    }

    /// Cancels what runs, and throws the connection away.
    async fn cancel(&mut self) {
        if let Some(session) = self.session.take() {
            session.cancel().await;
        }
    }
}
