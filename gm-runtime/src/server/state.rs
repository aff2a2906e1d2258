//! The server of a handle, which its handlers share.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::HttpRequest;
use serde_json::Value as Json;

use super::authentication::{Authentication, CallerError};
use super::rate_limit::RateLimits;
use super::routes::{self, Base};
use super::settings::ServerSettings;
use super::websocket::{ConnectionLimit, Hub};
use crate::access::{Managed, Principal};
use crate::error::Error;
use crate::features::client::Client;
use crate::features::openapi::{About, document};
use crate::health::{LoopHealth, Pulse};
use crate::protocol::close_code;
use crate::schema::Schema;

/// How long [`Gm::close`](crate::Gm::close) waits for the subscribers' sockets to close.
const CLOSE_TIME: Duration = Duration::from_millis(1500);

/// How often the token file is looked at.
const TOKEN_FILE_INTERVAL: Duration = Duration::from_secs(1);

/// The exposed managers of a handle and the sockets of their subscribers.
pub(crate) struct Server {
    pub(super) settings: ServerSettings,
    pub(super) authentication: Authentication,
    pub(super) rate_limits: RateLimits,
    pub(super) bases: Vec<Arc<Base>>,
    pub(super) connections: Arc<ConnectionLimit>,
    /// The pulse of the thread that watches the token file.
    token_file: OnceLock<Arc<Pulse>>,
}

impl Server {
    /// Reads the token file again whenever it has changed, until the server is dropped. `lost` is called for each name that has
    /// lost a token.
    pub(crate) fn watch_token_file(
        self: &Arc<Self>,
        lost: impl Fn(&str) + Send + 'static,
    ) -> Result<(), Error> {
        if !self.authentication.tokens().has_file() {
            return Ok(());
        }
        let server = Arc::downgrade(self);
        let (pulse, beat) = Pulse::new("token file", TOKEN_FILE_INTERVAL);
        let watch = move || {
            loop {
                std::thread::sleep(TOKEN_FILE_INTERVAL);
                beat.turn();
                let Some(server) = server.upgrade() else {
                    return;
                };
                for name in server.authentication.tokens().reload() {
                    server.end_sockets(&name);
                    lost(&name);
                }
            }
        };
        let thread = std::thread::Builder::new().name("gm-token-file".to_owned());
        let _ = self.token_file.set(pulse);
        let started = thread.spawn(watch).map(drop);
        started.map_err(|error| Error::Configuration(format!("the token file can't be watched: {error}")))
    }

    pub(crate) fn new(
        mut settings: ServerSettings,
        exposed: Vec<Arc<Managed>>,
        client: &Client,
    ) -> Result<Arc<Self>, Error> {
        if settings.ping_interval.is_zero() {
            return Err(Error::Configuration(
                "`subscriber_ping_interval` must be longer than 0".to_owned(),
            ));
        }
        if settings.openapi.is_some() && !settings.serves_schema {
            return Err(Error::Configuration(
                "the OpenAPI document shows the schema: remove `serve_openapi`, or `serve_schema(false)`"
                    .to_owned(),
            ));
        }
        if settings.serves_docs && settings.openapi.is_none() {
            return Err(Error::Configuration(
                "the documentation page shows the OpenAPI document: add `.serve_openapi(..)`".to_owned(),
            ));
        }
        let authentication = Authentication::new(std::mem::take(&mut settings.authentication), client)?;
        Ok(Arc::new(Self {
            authentication,
            rate_limits: RateLimits::new(&settings.rate_limits)?,
            bases: routes::bases(exposed, &settings)?,
            connections: Arc::new(ConnectionLimit::new(
                settings.subscribers,
                settings.subscribers_per_principal,
                settings.ping_interval,
            )),
            settings,
            token_file: OnceLock::new(),
        }))
    }

    /// The schema of the exposed managers, as the service's own code sees it.
    pub(crate) fn schema(&self) -> Schema {
        let mut bases: Vec<_> = self.bases.iter().collect();
        bases.sort_unstable_by_key(|base| base.path());
        Schema {
            resources: bases.into_iter().flat_map(|base| base.whole_schema()).collect(),
        }
    }

    /// The OpenAPI document of a schema.
    pub(crate) fn openapi(&self, schema: &Schema, about: &About) -> Json {
        document(schema, about, self.authentication.security())
    }

    /// The loops of the server's own threads.
    pub(crate) fn loops(&self, patience: Duration) -> Vec<LoopHealth> {
        let pulses = self.token_file.get().into_iter();
        pulses.map(|pulse| pulse.health(patience)).collect()
    }

    /// Whether the application has suspended the events of a resource with subscribers.
    pub(crate) fn has_suspended_events(&self) -> bool {
        let mut resources = self.bases.iter().flat_map(|base| base.resources());
        resources.any(|resource| resource.hub.is_some() && resource.managed.topic().is_suspended())
    }

    pub(crate) fn write_drain_time(&self) -> Duration {
        self.settings.write_drain_time
    }

    /// Refuses new subscribers, and closes the sockets of the present ones. Waits for the sockets to end, within a time
    /// limit.
    pub(crate) async fn close(&self) {
        self.connections.close();
        for hub in self.hubs() {
            hub.close();
        }
        // Without a runtime there are no timers, and no sockets.
        if tokio::runtime::Handle::try_current().is_ok() {
            let _ = tokio::time::timeout(CLOSE_TIME, self.connections.wait_until_empty()).await;
        }
    }

    /// The caller of a request to a route of the application.
    pub(crate) async fn caller(&self, request: &HttpRequest) -> Result<Principal, CallerError> {
        let principal = self.authentication.principal(request, "").await;
        principal.map_err(CallerError::of)
    }

    /// Forgets what is remembered of the caller with this name, and closes its sockets.
    pub(crate) fn revoke(&self, name: &str) {
        self.authentication.revoke(name);
        self.end_sockets(name);
    }

    /// Closes the sockets of the caller with this name. The caller may subscribe again.
    fn end_sockets(&self, name: &str) {
        self.authentication.count_revocation();
        for hub in self.hubs() {
            hub.close_sockets_of(name, close_code::CREDENTIAL_ENDED);
        }
    }

    fn hubs(&self) -> impl Iterator<Item = &Hub> {
        let resources = self.bases.iter().flat_map(|base| base.resources());
        resources.filter_map(|resource| resource.hub.as_deref())
    }

    pub(crate) fn send_time(&self) -> Duration {
        self.settings.send_time
    }
}
