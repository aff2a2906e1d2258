//! A session that listens to the notifications of all replicas.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_postgres::{Notification, Row};
use uuid::Uuid;

use super::FeedState;
use super::dispatch::{Dispatch, Dispatched, Received};
use super::heartbeat::Heartbeat;
use super::outbox::Taken;
use super::pooler_check::refuse_pooler;
use crate::error::Error;
use crate::interface::postgres::connector::{Connector, Purpose};
use crate::interface::postgres::driver::Driver;
use crate::interface::postgres::error::or_storage;
use crate::interface::postgres::notification::{CHANNEL, MAX_BYTES, literal};
use crate::interface::postgres::routes::{Routes, read_relations, relations_of};
use crate::interface::postgres::session::Session;

/// The connection is lost, or nothing proves that it is not.
pub(super) struct Lost(pub(super) Error);

const ENDED: Error = Error::Unavailable("the connection of the database's change feed was lost");

const SILENT: Error =
    Error::Unavailable("the database's change feed is silent: its heartbeats are not received");

fn lost(error: &tokio_postgres::Error) -> Lost {
    Lost(or_storage(error, "the database's change feed"))
}

/// How long a heartbeat at the end may take, which proves that everything was published.
const CLOSE_TIME: Duration = Duration::from_millis(200);

/// The time between two reads of the catalog, in which another program may replace a view or add a partition.
const CATALOG_INTERVAL: Duration = Duration::from_secs(10);

/// The most notifications that wait for a read of the catalog. The further ones are a refresh of everything.
const MAX_WAITING: usize = 10_000;

/// The most notifications of this process in one statement.
const MAX_SENT: usize = 100;

/// A session that listens.
pub(super) struct Listener {
    session: Arc<Session>,
    driver: Driver,
    routes: Arc<Routes>,
    /// The channel of the heartbeats, which this session alone listens to.
    own_channel: String,
    heartbeat: Heartbeat,
    requests: FuturesUnordered<Request>,
    /// Whether a read of the catalog is in flight.
    is_reading: bool,
    /// Whether the catalog must be read again after that.
    read_again: bool,
    /// The unknown relation for which the notifications wait.
    unknown: Option<u32>,
    catalog_due: Instant,
    waiting: VecDeque<Received>,
    /// Whether more notifications came than may wait.
    overflowed: bool,
    is_sending: bool,
}

/// A statement in flight.
type Request = Pin<Box<dyn Future<Output = Result<Reply, tokio_postgres::Error>> + Send>>;

enum Reply {
    Heartbeat,
    Sent,
    Catalog { rows: Vec<Row>, managers: usize },
}

impl Listener {
    /// Connects and listens. The first heartbeat is as long as a notification may be.
    ///
    /// # Errors
    /// The session or its first heartbeat fails.
    pub(super) async fn open(
        connector: &Connector,
        routes: &Arc<Routes>,
        interval: Duration,
        is_first: bool,
    ) -> Result<Self, Lost> {
        let (session, driver) = if is_first {
            let (session, mut driver) = connector.open_first(Purpose::Feed).await.map_err(Lost)?;
            let checked = refuse_pooler(connector, &session, &mut driver).await;
            checked.map_err(Lost)?;
            (session, driver)
        } else {
            connector.open(Purpose::Feed).await.map_err(Lost)?
        };
        let now = Instant::now();
        let mut listener = Self {
            session,
            driver,
            routes: Arc::clone(routes),
            own_channel: format!("gm_{}", Uuid::new_v4().simple()),
            heartbeat: Heartbeat::new(interval, now),
            requests: FuturesUnordered::new(),
            is_reading: false,
            read_again: false,
            unknown: None,
            catalog_due: now,
            waiting: VecDeque::new(),
            overflowed: false,
            is_sending: false,
        };
        let number = listener.heartbeat.send_now(now);
        let start = format!(
            "LISTEN {CHANNEL}; LISTEN {channel}; SELECT pg_catalog.pg_notify('{channel}', pg_catalog.rpad('{number} ', {MAX_BYTES}, '.'))",
            channel = listener.own_channel
        );
        listener.send(start, Reply::Heartbeat);
        while listener.heartbeat.is_sent() {
            listener.step().await?;
        }
        Ok(listener)
    }

    /// Sends statements without parameters.
    fn send(&mut self, sql: String, reply: Reply) {
        let session = Arc::clone(&self.session);
        self.requests.push(Box::pin(async move {
            session.batch(&sql).await?;
            Ok(reply)
        }));
    }

    /// Reads the catalog. The notifications wait meanwhile, so that the first ones find it.
    pub(super) async fn read_catalog(&mut self, dispatch: &mut Dispatch) -> Result<usize, Lost> {
        self.routes.outbox().take_manager_added();
        self.request_catalog();
        loop {
            if let Some(Reply::Catalog { rows, managers }) = self.step().await? {
                self.set_catalog(&rows, dispatch)?;
                return Ok(managers);
            }
        }
    }

    fn request_catalog(&mut self) {
        if self.is_reading {
            // The read in flight may be older than the change that needs another one.
            self.read_again = true;
            return;
        }
        self.is_reading = true;
        self.catalog_due = Instant::now() + CATALOG_INTERVAL;
        let (session, (tables, managers)) = (Arc::clone(&self.session), self.routes.tables());
        let statement = read_relations(tables);
        self.requests.push(Box::pin(async move {
            let rows = session.query_unnamed(&statement).await?.try_collect().await?;
            Ok(Reply::Catalog { rows, managers })
        }));
    }

    /// Sets the catalog, and publishes the notifications that waited for it. The rows of a view may be different after it was
    /// replaced, and so a difference refreshes everything.
    fn set_catalog(&mut self, rows: &[Row], dispatch: &mut Dispatch) -> Result<(), Lost> {
        let graph = relations_of(rows).map_err(|error| lost(&error))?;
        let is_different = self.routes.set_graph(graph);
        self.is_reading = false;
        if std::mem::take(&mut self.read_again) {
            self.request_catalog();
        } else if let Some(relation) = self.unknown.take() {
            self.routes.set_unrelated(relation);
        }
        let now = Instant::now();
        if is_different || std::mem::take(&mut self.overflowed) {
            dispatch.refresh_all(&self.routes, now);
        }
        self.publish_waiting(dispatch);
        Ok(())
    }

    /// Publishes notifications until the connection is lost, or until the feed is closed.
    pub(super) async fn run(
        mut self,
        dispatch: &mut Dispatch,
        state: &watch::Sender<FeedState>,
        closing: &mut watch::Receiver<bool>,
    ) -> Result<(), Lost> {
        let routes = Arc::clone(&self.routes);
        loop {
            if *closing.borrow() {
                return self.finish(dispatch).await;
            }
            let now = Instant::now();
            dispatch.tick(&routes, now);
            self.send_what_is_due(now);
            let due = dispatch.due().into_iter().fold(self.due(), Instant::min);
            let reply = tokio::select! {
                biased;
                reply = self.step() => reply?,
                () = sleep_until(due) => None,
                () = routes.outbox().added() => None,
                // An error means that the database was dropped.
                changed = closing.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    None
                }
            };
            if let Some(Reply::Catalog { rows, managers }) = reply {
                self.set_catalog(&rows, dispatch)?;
                state.send_replace(FeedState::Listening { managers });
            }
            self.publish_waiting(dispatch);
        }
    }

    fn publish_waiting(&mut self, dispatch: &mut Dispatch) {
        if self.unknown.is_some() {
            return;
        }
        let now = Instant::now();
        while let Some(received) = self.waiting.pop_front() {
            if let Dispatched::Unknown(relation) = dispatch.publish(&self.routes, &received, now) {
                self.waiting.push_front(received);
                self.unknown = Some(relation);
                self.request_catalog();
                return;
            }
        }
    }

    /// When the next step is due without a message of the server.
    fn due(&self) -> Instant {
        match self.is_reading {
            true => self.heartbeat.due(),
            false => self.heartbeat.due().min(self.catalog_due),
        }
    }

    fn send_what_is_due(&mut self, now: Instant) {
        if let Some(number) = self.heartbeat.send(now) {
            self.send(
                format!("NOTIFY {}, '{number}'", self.own_channel),
                Reply::Heartbeat,
            );
        }
        if self.routes.outbox().take_manager_added() || (now >= self.catalog_due && !self.is_reading) {
            self.request_catalog();
        }
        // One statement at a time, so that they are sent in order.
        if !self.is_sending {
            let taken = self.routes.outbox().take(MAX_SENT);
            if !taken.payloads().is_empty() {
                self.is_sending = true;
                self.send_payloads(taken);
            }
        }
    }

    fn send_payloads(&mut self, taken: Taken) {
        let calls = taken.payloads().iter();
        let calls = calls.map(|payload| format!("pg_catalog.pg_notify('{CHANNEL}', {})", literal(payload)));
        let sql = format!("SELECT {}", calls.collect::<Vec<_>>().join(", "));
        let session = Arc::clone(&self.session);
        self.requests.push(Box::pin(async move {
            session.batch(&sql).await?;
            taken.sent();
            Ok(Reply::Sent)
        }));
    }

    /// Waits for the next notification, for the answer to a request, or until the heartbeat is due.
    async fn step(&mut self) -> Result<Option<Reply>, Lost> {
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
        if let Some(Reply::Sent) = reply {
            self.is_sending = false;
        }
        Ok(reply)
    }

    fn received(&mut self, notification: Notification) {
        if notification.channel() == self.own_channel {
            let number = notification
                .payload()
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            if let Some(number) = number {
                self.heartbeat.received(number);
            }
        } else if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Received {
                text: notification.payload().to_owned(),
                is_own: notification.process_id() == self.session.backend_pid(),
            });
        } else {
            self.waiting.clear();
            self.overflowed = true;
        }
    }

    /// Publishes what was committed before the feed was closed, as far as the server sends it soon.
    async fn finish(mut self, dispatch: &mut Dispatch) -> Result<(), Lost> {
        let number = self.heartbeat.send_now(Instant::now());
        self.send(
            format!("NOTIFY {}, '{number}'", self.own_channel),
            Reply::Heartbeat,
        );
        let end = Instant::now() + CLOSE_TIME;
        while self.heartbeat.is_sent() && Instant::now() < end {
            tokio::select! {
                reply = self.step() => drop(reply?),
                () = sleep_until(end) => {}
            }
            self.publish_waiting(dispatch);
        }
        Ok(())
    }
}
