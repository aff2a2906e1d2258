//! Opens sessions with the server.

use std::sync::Arc;
use std::time::Duration;

use super::connect_options::ConnectOptions;
use super::driver::Driver;
use super::endpoint::Endpoint;
use super::open_error::OpenError;
use super::purpose::Purpose;
use super::reached_server::ReachedServer;
use super::session::Session;
use crate::error::Error;
use crate::interface::sql::{Settings, Synchronous};

/// Opens sessions with the server.
pub(super) struct Connector {
    /// The server, or a pooler.
    server: Endpoint,
    /// The server itself, if the other one is a pooler.
    behind_pooler: Option<Endpoint>,
    settings: Settings,
    read_time: Duration,
}

/// How long a shared transaction waits for a lock, in milliseconds. The writes in it are repeated alone then.
const WRITE_LOCK_TIMEOUT: u32 = 100;

/// The least time after which the server ends the transaction of a process that was stopped.
const WRITE_IDLE_TIME: Duration = Duration::from_secs(5);

impl Connector {
    pub(super) fn new(options: ConnectOptions, settings: Settings, read_time: Duration) -> Self {
        let ConnectOptions { server, listen } = options;
        let reached = Arc::new(ReachedServer::default());
        let of_reached = || Arc::clone(&reached);
        Self {
            server: Endpoint::new(server, listen.is_some(), of_reached(), true),
            behind_pooler: listen.map(|url| Endpoint::new(url, false, of_reached(), false)),
            settings,
            read_time,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time limit of a read.
    pub(super) fn read_time(&self) -> Duration {
        self.read_time
    }

    /// How long a read waits for a lock, in milliseconds.
    pub(super) fn lock_timeout(&self) -> u128 {
        milliseconds(self.settings.busy_timeout)
    }

    /// Whether the server may be another one for each transaction, which keeps nothing of a session.
    pub(super) fn is_pooled(&self) -> bool {
        self.behind_pooler.is_some()
    }

    /// Opens a session on the current runtime, which must have input, output and time.
    ///
    /// # Errors
    /// [`Error::Unavailable`]. After a failure, further attempts fail at once for up to two seconds.
    pub(super) async fn open(&self, purpose: Purpose) -> Result<(Arc<Session>, Driver), Error> {
        let opened = self.open_for(purpose).await;
        opened.map_err(|error| error.later())
    }

    /// Opens the first session. Its error says what is wrong with the settings or the server.
    pub(super) async fn open_first(&self, purpose: Purpose) -> Result<(Arc<Session>, Driver), Error> {
        let opened = self.open_for(purpose).await;
        opened.map_err(|error| error.at_build(self.endpoint(purpose).url()))
    }

    async fn open_for(&self, purpose: Purpose) -> Result<(Arc<Session>, Driver), OpenError> {
        let settings = self.session_settings(purpose);
        self.endpoint(purpose).open(&settings, purpose).await
    }

    fn endpoint(&self, purpose: Purpose) -> &Endpoint {
        match (purpose, &self.behind_pooler) {
            (Purpose::Feed, Some(server)) => server,
            _ => &self.server,
        }
    }

    /// The time after which the server ends an idle transaction: that of a process that was stopped.
    pub(super) fn idle_time(&self, purpose: Purpose) -> Duration {
        let busy_time = self.settings.busy_timeout.max(WRITE_IDLE_TIME);
        match purpose {
            // This process ends it at its limit.
            Purpose::Transactions => busy_time.saturating_add(self.settings.transaction_time.0),
            _ => busy_time,
        }
    }

    /// The statements that set up a session.
    fn session_settings(&self, purpose: Purpose) -> String {
        let read_time = milliseconds(self.read_time);
        let busy_timeout = self.lock_timeout();
        // Compiling a query of the catalogs takes seconds, and pays off only for queries that run longer than a read may.
        let mut settings = format!(
            "SET jit = off; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; \
             SET extra_float_digits = 1; SET standard_conforming_strings = on; SET client_min_messages = warning; \
             SET default_transaction_isolation = 'read committed'; SET statement_timeout = {read_time}"
        );
        match purpose {
            Purpose::PointReads | Purpose::ListReads => {
                settings += &format!("; SET lock_timeout = {busy_timeout}");
            }
            // Its heartbeats have a time limit, also for a read of the catalog.
            Purpose::Feed => settings += "; SET statement_timeout = 0; SET lock_timeout = 0",
            Purpose::Writes | Purpose::Transactions => {
                let idle_time = milliseconds(self.idle_time(purpose));
                settings += &format!(
                    "; SET lock_timeout = {WRITE_LOCK_TIMEOUT}; SET idle_in_transaction_session_timeout = {idle_time}"
                );
                if self.settings.synchronous == Synchronous::Normal {
                    settings += "; SET synchronous_commit = off";
                }
            }
        }
        settings
    }
}

/// The milliseconds of a time limit, within the range of the server's settings.
pub(super) fn milliseconds(time: Duration) -> u128 {
    time.as_millis().clamp(1, i32::MAX.unsigned_abs().into())
}
