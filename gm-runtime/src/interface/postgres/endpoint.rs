//! A server, and the memory of failed attempts to reach it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_util::future::{Either, select};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::Config;

use super::driver::Driver;
use super::open_error::{OpenError, UNREACHABLE};
use super::password_file;
use super::purpose::Purpose;
use super::reached_server::ReachedServer;
use super::server_check::{QUESTION, ServerState};
use super::session::Session;
use super::url::{ServerUrl, place_of};
use super::url_options::CONNECT_TIMEOUT;
use crate::backoff::Backoff;
use crate::error::Error;

/// A server. After a failure, further attempts fail at once until a delay has passed. The delays double from 100 ms to a second, so
/// that a server that starts again is not flooded, and is found soon.
pub(super) struct Endpoint {
    url: ServerUrl,
    /// Whether the server may be another one for each transaction.
    is_pooler: bool,
    reached: Arc<ReachedServer>,
    /// Whether its connections say which server all connections reach. Those past a pooler do not.
    is_leading: bool,
    failure: Mutex<Option<Failure>>,
    /// The place of the host that accepted the last session. It is tried first.
    last_host: AtomicUsize,
}

/// A failed attempt.
struct Failure {
    error: OpenError,
    until: Instant,
    backoff: Backoff,
}

impl Endpoint {
    pub(super) fn new(
        url: ServerUrl,
        is_pooler: bool,
        reached: Arc<ReachedServer>,
        is_leading: bool,
    ) -> Self {
        Self {
            url,
            is_pooler,
            reached,
            is_leading,
            failure: Mutex::new(None),
            last_host: AtomicUsize::new(0),
        }
    }

    pub(super) fn url(&self) -> &ServerUrl {
        &self.url
    }

    fn failure(&self) -> MutexGuard<'_, Option<Failure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of the last attempt, until its delay has passed.
    fn recent_failure(&self) -> Option<OpenError> {
        let failure = self.failure();
        let failure = failure
            .as_ref()
            .filter(|failure| Instant::now() < failure.until)?;
        Some(failure.error.clone())
    }

    /// Opens a session on the current runtime, which must have input, output and time. It begins with these settings, unless a
    /// pooler shares the server's session with other services.
    pub(super) async fn open(
        &self,
        settings: &str,
        purpose: Purpose,
    ) -> Result<(Arc<Session>, Driver), OpenError> {
        if let Some(error) = self.recent_failure() {
            return Err(error);
        }
        match self.open_any(settings, purpose).await {
            Ok(opened) => {
                *self.failure() = None;
                Ok(opened)
            }
            Err(error) => {
                tracing::warn!(
                    "no connection to the database server at {}: {error}",
                    self.url.place()
                );
                self.remember(error.clone());
                Err(error)
            }
        }
    }

    /// Opens a session with the first host that accepts one.
    async fn open_any(&self, settings: &str, purpose: Purpose) -> Result<(Arc<Session>, Driver), OpenError> {
        let hosts = &self.url.hosts;
        let first = self.last_host.load(Ordering::Relaxed);
        let mut failures = Vec::new();
        for (index, host) in hosts.iter().enumerate().cycle().skip(first).take(hosts.len()) {
            match self.open_in_time(host, settings, purpose).await {
                Ok(opened) => {
                    self.last_host.store(index, Ordering::Relaxed);
                    return Ok(opened);
                }
                Err(error) => failures.push((place_of(host), error)),
            }
        }
        Err(OpenError::of_all(failures))
    }

    /// Opens a session with this host. A host that accepts connections and never answers leaves time for the next one.
    async fn open_in_time(
        &self,
        host: &Config,
        settings: &str,
        purpose: Purpose,
    ) -> Result<(Arc<Session>, Driver), OpenError> {
        // The driver limits the time of a connection, and not that of the greeting behind it.
        let connect_timeout = host.get_connect_timeout().copied();
        let limit = connect_timeout.unwrap_or(CONNECT_TIMEOUT).saturating_mul(2);
        let late = || OpenError::Temporary(UNREACHABLE, format!("no greeting within {limit:?}"));
        timeout(limit, self.try_twice(host, settings, purpose))
            .await
            .unwrap_or_else(|_| Err(late()))
    }

    /// A second attempt follows at once if the first connection was cut: that says nothing of the server.
    async fn try_twice(
        &self,
        host: &Config,
        settings: &str,
        purpose: Purpose,
    ) -> Result<(Arc<Session>, Driver), OpenError> {
        match self.try_open(host, settings, purpose).await {
            Err(OpenError::Temporary(UNREACHABLE, _)) => self.try_open(host, settings, purpose).await,
            opened => opened,
        }
    }

    fn remember(&self, error: OpenError) {
        let mut failure = self.failure();
        // Others failed at the same time.
        if failure
            .as_ref()
            .is_some_and(|failure| Instant::now() < failure.until)
        {
            return;
        }
        let mut backoff = failure
            .take()
            .map_or_else(Backoff::short, |failure| failure.backoff);
        let until = Instant::now() + backoff.next();
        *failure = Some(Failure {
            error,
            until,
            backoff,
        });
    }

    async fn try_open(
        &self,
        host: &Config,
        settings: &str,
        purpose: Purpose,
    ) -> Result<(Arc<Session>, Driver), OpenError> {
        let configured = |error| match error {
            Error::Configuration(why) => OpenError::Configuration(why),
            other => OpenError::Configuration(other.to_string()),
        };
        let tls = self.url.tls.connector().map_err(configured)?;
        let mut config = host.clone();
        config.application_name(purpose.application_name(&config));
        if config.get_password().is_none()
            && let Some(password) = password_file::password(&config, self.url.password_file.as_deref())
        {
            config.password(password);
        }
        let failed = |error: tokio_postgres::Error| OpenError::of(&config, &error);
        let (client, mut connection) = config.connect(tls.clone()).await.map_err(failed)?;
        let setup = match self.is_pooler {
            true => QUESTION.to_owned(),
            false => format!("{settings}; {QUESTION}"),
        };
        let answer = {
            let asked = std::pin::pin!(client.simple_query(&setup));
            match select(asked, &mut connection).await {
                Either::Left((answer, _)) => answer.map_err(failed)?,
                Either::Right((Err(error), _)) => return Err(failed(error)),
                Either::Right((Ok(()), _)) => {
                    return Err(OpenError::Temporary(
                        UNREACHABLE,
                        "it closed the connection".to_owned(),
                    ));
                }
            }
        };
        let state = ServerState::judge(&answer)?;
        let changes = match self.is_leading {
            true => self.reached.note(&state.server),
            false => self.reached.changes(),
        };
        let (preparations, receiver) = mpsc::unbounded_channel();
        let session = Session::new(
            client,
            tls,
            self.is_pooler,
            purpose,
            state.backend,
            (Arc::clone(&self.reached), changes),
            preparations,
        );
        let session = Arc::new(session);
        let driver = Driver::new(connection, &session, receiver);
        Ok((session, driver))
    }
}
