//! Listens to the notifications of all replicas, and publishes them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_postgres::Row;

use super::connection::{Connection, Lost, Reply, lost};
use super::dispatch::{Dispatch, Dispatched};
use super::state::FeedState;
use crate::health::Beat;
use crate::interface::postgres::routes::{Routes, read_relations, relations_of};

/// How long a heartbeat at the end may take, which proves that everything was published.
pub(super) const CLOSE_TIME: Duration = Duration::from_millis(200);

/// The time between two reads of the catalog, in which another program may replace a view or add a partition.
const CATALOG_INTERVAL: Duration = Duration::from_secs(10);

/// The most notifications of this process in one statement.
const MAX_SENT: usize = 100;

/// Listens on one connection.
pub(super) struct Listener {
    connection: Connection,
    routes: Arc<Routes>,
    /// Whether a read of the catalog is in flight.
    is_reading: bool,
    /// Whether the catalog must be read again after that.
    read_again: bool,
    /// The unknown relation for which the notifications wait.
    unknown: Option<u32>,
    catalog_due: Instant,
    /// Whether payloads of this process are in flight.
    is_sending: bool,
}

impl Listener {
    pub(super) fn new(connection: Connection, routes: &Arc<Routes>) -> Self {
        Self {
            connection,
            routes: Arc::clone(routes),
            is_reading: false,
            read_again: false,
            unknown: None,
            catalog_due: Instant::now(),
            is_sending: false,
        }
    }

    /// Reads the catalog, and returns for how many managers. The notifications wait meanwhile, so that the first ones find it.
    pub(super) async fn read_catalog(&mut self, dispatch: &mut Dispatch) -> Result<usize, Lost> {
        self.routes.outbox().take_manager_added();
        self.request_catalog();
        loop {
            self.connection.send_heartbeat(Instant::now());
            if let Some(Reply::Catalog { rows, managers }) = self.connection.step().await? {
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
        let (tables, managers) = self.routes.tables();
        self.connection.read_catalog(read_relations(tables), managers);
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
        let overflowed = self.connection.waiting.take_overflow();
        if is_different || overflowed {
            dispatch.refresh_all(&self.routes, Instant::now());
        }
        self.publish_waiting(dispatch);
        Ok(())
    }

    /// Publishes notifications until the connection is lost, or until the feed is closed.
    pub(super) async fn run(
        mut self,
        dispatch: &mut Dispatch,
        beat: &Beat,
        state: &watch::Sender<FeedState>,
        closing: &mut watch::Receiver<bool>,
    ) -> Result<(), Lost> {
        let routes = Arc::clone(&self.routes);
        loop {
            if *closing.borrow() {
                return self.finish(dispatch).await;
            }
            beat.turn();
            let now = Instant::now();
            dispatch.tick(&routes, now);
            self.send_what_is_due(now);
            let due = dispatch.due().into_iter().fold(self.due(), Instant::min);
            let reply = tokio::select! {
                biased;
                reply = self.connection.step() => reply?,
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
            match reply {
                Some(Reply::Catalog { rows, managers }) => {
                    self.set_catalog(&rows, dispatch)?;
                    state.send_replace(FeedState::Listening { managers });
                }
                Some(Reply::Sent) => self.is_sending = false,
                Some(Reply::Heartbeat) | None => {}
            }
            self.publish_waiting(dispatch);
        }
    }

    fn publish_waiting(&mut self, dispatch: &mut Dispatch) {
        if self.unknown.is_some() {
            return;
        }
        let now = Instant::now();
        while let Some(received) = self.connection.waiting.take_first() {
            if let Dispatched::Unknown(relation) = dispatch.publish(&self.routes, &received, now) {
                self.connection.waiting.return_first(received);
                self.unknown = Some(relation);
                self.request_catalog();
                return;
            }
        }
    }

    /// When the next step is due without a message of the server.
    fn due(&self) -> Instant {
        match self.is_reading {
            true => self.connection.due(),
            false => self.connection.due().min(self.catalog_due),
        }
    }

    fn send_what_is_due(&mut self, now: Instant) {
        self.connection.send_heartbeat(now);
        if self.routes.outbox().take_manager_added() || (now >= self.catalog_due && !self.is_reading) {
            self.request_catalog();
        }
        // One statement at a time, so that they are sent in order.
        if !self.is_sending {
            let taken = self.routes.outbox().take(MAX_SENT);
            if !taken.payloads().is_empty() {
                self.is_sending = true;
                self.connection.send_payloads(taken);
            }
        }
    }

    /// Sends and publishes what was committed before the feed was closed, as far as the server answers soon.
    async fn finish(mut self, dispatch: &mut Dispatch) -> Result<(), Lost> {
        let last = self.routes.outbox().take(usize::MAX);
        self.connection.send_last(last);
        let end = Instant::now() + CLOSE_TIME;
        while self.connection.awaits_heartbeat() && Instant::now() < end {
            tokio::select! {
                reply = self.connection.step() => {
                    if let Some(Reply::Catalog { rows, .. }) = reply? {
                        self.set_catalog(&rows, dispatch)?;
                    }
                }
                () = sleep_until(end) => {}
            }
            self.publish_waiting(dispatch);
        }
        Ok(())
    }
}
