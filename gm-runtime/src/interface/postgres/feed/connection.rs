//! The connection of the change feed: its session, its heartbeat, and the statements in flight.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_postgres::{Notification, Row};
use uuid::Uuid;

use super::dispatch::Received;
use super::heartbeat::Heartbeat;
use super::pooler_check::refuse_pooler;
use super::waiting::Waiting;
use crate::error::Error;
use crate::interface::postgres::connector::Connector;
use crate::interface::postgres::driver::Driver;
use crate::interface::postgres::error::or_storage;
use crate::interface::postgres::notification::{CHANNEL, MAX_BYTES, notify_all};
use crate::interface::postgres::purpose::Purpose;
use crate::interface::postgres::routes::Taken;
use crate::interface::postgres::session::Session;
use crate::interface::postgres::statement::Statement;

/// The connection is lost, or nothing proves that it is not.
pub(super) struct Lost(pub(super) Error);

const ENDED: Error = Error::Unavailable("the connection of the database's change feed was lost");

pub(super) const SILENT: Error = Error::Unavailable(
    "the database's change feed is silent: its heartbeats are not received; if `database` is the URL of a pooler, set \
     `database_listen_url` to the URL of the server itself",
);

const OTHER_SERVER: Error =
    Error::Unavailable("other connections reach another database server than the change feed");

pub(super) fn lost(error: &tokio_postgres::Error) -> Lost {
    Lost(or_storage(error, "the database's change feed"))
}

/// The time limit of a check of the URLs.
pub(super) const CHECK_TIME: Duration = Duration::from_secs(5);

/// The payload that is sent through a pooler. No heartbeat has it.
pub(super) const THROUGH_POOLER: &str = "pooler";

/// The connection of the change feed.
pub(super) struct Connection {
    session: Arc<Session>,
    driver: Driver,
    /// The channel of the heartbeats, which this session alone listens to.
    pub(super) own_channel: String,
    /// Whether the notification that was sent through a pooler was received.
    pub(super) received_through_pooler: bool,
    heartbeat: Heartbeat,
    requests: FuturesUnordered<Request>,
    /// The notifications that are not published yet.
    pub(super) waiting: Waiting,
}

/// A statement in flight.
type Request = Pin<Box<dyn Future<Output = Result<Reply, tokio_postgres::Error>> + Send>>;

/// The answer to a statement.
pub(super) enum Reply {
    /// A heartbeat was sent. It is received as a notification.
    Heartbeat,
    /// Payloads were sent.
    Sent,
    /// The relations, as they were read for so many managers.
    Catalog { rows: Vec<Row>, managers: usize },
}

impl Connection {
    /// Connects and listens. The first heartbeat is as long as a notification may be.
    ///
    /// # Errors
    /// The session or its first heartbeat fails. The first connection of a handle also fails if there is a pooler.
    pub(super) async fn open(
        connector: &Connector,
        interval: Duration,
        is_first: bool,
    ) -> Result<Self, Lost> {
        let (session, driver) = if is_first {
            let (session, mut driver) = connector.open_first(Purpose::Feed).await.map_err(Lost)?;
            let checked = timeout(CHECK_TIME, refuse_pooler(connector, &session, &mut driver));
            checked.await.unwrap_or(Err(SILENT)).map_err(Lost)?;
            (session, driver)
        } else {
            connector.open(Purpose::Feed).await.map_err(Lost)?
        };
        let now = Instant::now();
        let mut connection = Self {
            session,
            driver,
            own_channel: format!("gm_{}", Uuid::new_v4().simple()),
            received_through_pooler: false,
            heartbeat: Heartbeat::new(interval, now),
            requests: FuturesUnordered::new(),
            waiting: Waiting::default(),
        };
        let number = connection.heartbeat.send_now(now);
        let own = &connection.own_channel;
        let start = format!(
            "LISTEN {CHANNEL}; LISTEN {own}; \
             SELECT pg_catalog.pg_notify('{own}', pg_catalog.rpad('{number} ', {MAX_BYTES}, '.'))"
        );
        connection.send(start, Reply::Heartbeat);
        while connection.heartbeat.is_sent() {
            connection.step().await?;
        }
        Ok(connection)
    }

    /// Sends statements without parameters.
    fn send(&mut self, sql: String, reply: Reply) {
        let session = Arc::clone(&self.session);
        self.requests.push(Box::pin(async move {
            session.batch(&sql).await?;
            Ok(reply)
        }));
    }

    /// Sends a heartbeat, if one is due.
    pub(super) fn send_heartbeat(&mut self, now: Instant) {
        if let Some(number) = self.heartbeat.send(now) {
            self.send(self.heartbeat_statement(number), Reply::Heartbeat);
        }
    }

    fn heartbeat_statement(&self, number: u64) -> String {
        format!("NOTIFY {}, '{number}'", self.own_channel)
    }

    /// Sends payloads to every replica.
    pub(super) fn send_payloads(&mut self, payloads: Taken) {
        let (session, sql) = (Arc::clone(&self.session), notify_all(payloads.payloads()));
        self.requests.push(Box::pin(async move {
            session.batch(&sql).await?;
            payloads.sent();
            Ok(Reply::Sent)
        }));
    }

    /// Sends the last payloads, and a heartbeat behind them.
    pub(super) fn send_last(&mut self, payloads: Taken) {
        let number = self.heartbeat.send_now(Instant::now());
        let heartbeat = self.heartbeat_statement(number);
        let sql = match payloads.payloads() {
            [] => heartbeat,
            last => format!("{}; {heartbeat}", notify_all(last)),
        };
        let session = Arc::clone(&self.session);
        self.requests.push(Box::pin(async move {
            session.batch(&sql).await?;
            payloads.sent();
            Ok(Reply::Heartbeat)
        }));
    }

    /// Reads the catalog by this statement, for so many managers.
    pub(super) fn read_catalog(&mut self, statement: Statement, managers: usize) {
        let session = Arc::clone(&self.session);
        self.requests.push(Box::pin(async move {
            let rows = session.query_unnamed(&statement).await?.try_collect().await?;
            Ok(Reply::Catalog { rows, managers })
        }));
    }

    /// Whether a heartbeat was sent that is not received yet.
    pub(super) fn awaits_heartbeat(&self) -> bool {
        self.heartbeat.is_sent()
    }

    /// When a heartbeat must be sent.
    pub(super) fn due(&self) -> Instant {
        self.heartbeat.due()
    }

    /// Waits for the next notification, for the answer to a statement, or until a heartbeat is due.
    pub(super) async fn step(&mut self) -> Result<Option<Reply>, Lost> {
        let reply = tokio::select! {
            biased;
            notification = self.driver.next() => {
                self.received(notification.ok_or(Lost(ENDED))?);
                None
            }
            Some(reply) = self.requests.next() => Some(reply.map_err(|error| lost(&error))?),
            () = sleep_until(self.heartbeat.due()) => None,
        };
        // Not only when the time is up: a process that was stopped has many messages first, which are late.
        if Instant::now() >= self.heartbeat.deadline() {
            return Err(Lost(SILENT));
        }
        if self.session.is_outdated() {
            return Err(Lost(OTHER_SERVER));
        }
        Ok(reply)
    }

    fn received(&mut self, notification: Notification) {
        if notification.channel() == self.own_channel {
            let number = notification.payload().split(' ').next();
            if let Some(number) = number.and_then(|number| number.parse().ok()) {
                self.heartbeat.received(number);
            } else if notification.payload() == THROUGH_POOLER {
                self.received_through_pooler = true;
            }
        } else {
            self.waiting.add(Received {
                text: notification.payload().to_owned(),
                is_own: notification.process_id() == self.session.backend_pid(),
            });
        }
    }
}
