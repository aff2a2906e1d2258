//! A session with the server.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row, RowStream, Statement as DriverStatement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::parameter::Parameter;
use super::purpose::Purpose;
use super::reached_server::ReachedServer;
use super::statement::Statement;
use super::statement_cache::{StatementCache, Use};
use super::under_way::UnderWay;

/// The time of a cancel request.
const CANCEL_TIME: Duration = Duration::from_secs(2);

/// A session with the server. Several callers may use it at the same time: their statements are carried out in the order in which
/// they were sent.
pub(super) struct Session {
    client: Client,
    tls: MakeRustlsConnect,
    statements: StatementCache,
    /// Whether the server may be another one for each transaction, which keeps nothing of the session.
    is_pooled: bool,
    purpose: Purpose,
    backend: i32,
    reached: Arc<ReachedServer>,
    /// The number of changes of the reached server when this session was opened.
    changes: u64,
    preparations: mpsc::UnboundedSender<Preparation>,
    /// The task that drives the connection.
    driver: OnceLock<AbortHandle>,
    /// Whether the connection was ended, although its task has not noticed yet.
    is_discarded: AtomicBool,
    answers: AtomicU64,
    under_way: UnderWay,
}

/// A statement that the driver of the connection prepares, so that no caller has to wait for it.
pub(super) struct Preparation {
    pub(super) text: Arc<str>,
    pub(super) types: Vec<Type>,
    pub(super) reply: Option<oneshot::Sender<Result<Prepared, Error>>>,
}

/// A prepared statement of one session.
#[derive(Clone)]
pub(super) struct Prepared(DriverStatement);

impl Session {
    pub(super) fn new(
        client: Client,
        tls: MakeRustlsConnect,
        is_pooled: bool,
        purpose: Purpose,
        backend: i32,
        (reached, changes): (Arc<ReachedServer>, u64),
        preparations: mpsc::UnboundedSender<Preparation>,
    ) -> Self {
        Self {
            client,
            tls,
            statements: StatementCache::default(),
            is_pooled,
            purpose,
            backend,
            reached,
            changes,
            preparations,
            driver: OnceLock::new(),
            is_discarded: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            under_way: UnderWay::default(),
        }
    }

    /// Sends a statement. The result begins when the server has begun with its answer.
    ///
    /// It is sent at the first poll, whole and in one message, so that futures which are polled in order are carried out in order.
    /// A session for lists first has the server prepare it, where needed.
    pub(super) async fn query(&self, statement: &Statement) -> Result<RowStream, Error> {
        // The futures of the rare ways are boxed here and below, so that the usual one is small.
        if self.is_pooled {
            return Box::pin(self.query_unnamed(statement)).await;
        }
        if self.purpose.prepares_first() {
            let prepared = match self.statements.get(&statement.text) {
                Some(prepared) => Prepared(prepared),
                None => Box::pin(self.prepare(statement)).await?,
            };
            return self.query_prepared(&prepared, &statement.parameters).await;
        }
        match self.statements.use_of(&statement.text) {
            Use::Prepared(prepared) => self.client.query_raw(&prepared, &statement.parameters).await,
            Use::Unprepared => Box::pin(self.query_unnamed(statement)).await,
            Use::UnpreparedNow => {
                // Behind the statement itself, which is sent at the first poll below.
                self.request_preparation(statement, None);
                Box::pin(self.query_unnamed(statement)).await
            }
        }
    }

    /// Sends a statement without preparing it, as [`query`](Self::query) does.
    pub(super) async fn query_unnamed(&self, statement: &Statement) -> Result<RowStream, Error> {
        let parameters = statement
            .parameters
            .iter()
            .map(|parameter| (parameter, parameter.postgres_type().clone()));
        self.client.query_typed_raw(&statement.text, parameters).await
    }

    /// All rows of a statement that is not prepared.
    pub(super) async fn rows(&self, statement: &Statement) -> Result<Vec<Row>, Error> {
        self.query_unnamed(statement).await?.try_collect().await
    }

    /// Carries out statements without parameters and without results, such as `BEGIN`. Sent at the first poll.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).await
    }

    /// The prepared statement of a text. Where the session has none, the server prepares it first.
    pub(super) async fn prepare(&self, statement: &Statement) -> Result<Prepared, Error> {
        let text = Arc::clone(&statement.text);
        if let Some(prepared) = self.statements.get(&text) {
            return Ok(Prepared(prepared));
        }
        let (reply, prepared) = oneshot::channel();
        self.request_preparation(statement, Some(reply));
        match prepared.await {
            Ok(prepared) => prepared,
            // The driver has ended, and so this fails with the error of a closed connection.
            Err(_) => {
                let statement = self.client.prepare_typed(&text, &types_of(statement)).await?;
                Ok(Prepared(statement))
            }
        }
    }

    /// Sends a prepared statement at the first poll.
    pub(super) async fn query_prepared(
        &self,
        prepared: &Prepared,
        parameters: &[Parameter],
    ) -> Result<RowStream, Error> {
        self.client.query_raw(&prepared.0, parameters).await
    }

    fn request_preparation(
        &self,
        statement: &Statement,
        reply: Option<oneshot::Sender<Result<Prepared, Error>>>,
    ) {
        // An error means that the driver has ended. It drops the reply.
        let _ = self.preparations.send(Preparation {
            text: Arc::clone(&statement.text),
            types: types_of(statement),
            reply,
        });
    }

    /// Prepares a statement for the driver of the connection.
    pub(super) async fn carry_out(&self, preparation: Preparation) {
        let Preparation { text, types, reply } = preparation;
        let prepared = self.client.prepare_typed(&text, &types).await;
        self.statements.set(&text, prepared.as_ref().ok().cloned());
        if let Some(reply) = reply {
            let _ = reply.send(prepared.map(Prepared));
        }
    }

    /// Forgets all prepared statements.
    pub(super) fn forget_statements(&self) {
        self.statements.clear();
    }

    /// The number of the server's process.
    pub(super) fn backend_pid(&self) -> i32 {
        self.backend
    }

    pub(super) fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// Whether the statements are carried out inside of a transaction that others begin and end.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.purpose == Purpose::Transactions
    }

    /// Whether no further statement may be sent: the connection has ended, or newer ones reach another server.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.is_discarded.load(Ordering::Relaxed) || self.is_outdated()
    }

    /// Whether newer connections reach another server.
    pub(super) fn is_outdated(&self) -> bool {
        self.changes != self.reached.changes()
    }

    /// Counts an answer, so that callers behind it see that the session answers.
    pub(super) fn count_answer(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of answers so far.
    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// The statements of lists that are under way.
    pub(super) fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    /// Notes the task that drives the connection.
    pub(super) fn driven_by(&self, driver: AbortHandle) {
        let _ = self.driver.set(driver);
    }

    /// Ends the connection at once. Statements without an answer fail, and the server may carry them out.
    pub(super) fn discard(&self) {
        self.is_discarded.store(true, Ordering::Relaxed);
        if let Some(driver) = self.driver.get() {
            driver.abort();
        }
    }

    /// Cancels the running statement, and ends the connection. The request may reach the server after the statement has ended, so
    /// that it would hit the next one of this session.
    pub(super) async fn cancel(&self) {
        let token = self.client.cancel_token();
        // The server may be out of reach. It ends the statement at its time limit then.
        let _ = tokio::time::timeout(CANCEL_TIME, token.cancel_query(self.tls.clone())).await;
        self.discard();
    }
}

fn types_of(statement: &Statement) -> Vec<Type> {
    let types = statement.parameters.iter().map(Parameter::postgres_type);
    types.cloned().collect()
}
