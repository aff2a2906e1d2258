//! The owner's side over the wire: REST handlers and the websocket of changes.

mod body;
mod credentials;
mod handlers;
mod listener;
mod request_id;
mod response;
mod routes;
mod run;
mod settings;
mod websocket;

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, guard};

pub use run::shutdown_signal;
pub(crate) use settings::ServerSettings;
#[cfg(fuzzing)]
pub use websocket::fuzz_frames;

use crate::access::Managed;
use crate::error::Error;
use crate::gm::Gm;
use credentials::Credentials;
use routes::Base;
use websocket::Sockets;

/// How long [`Gm::close`] waits for subscribers to be told.
const CLOSE_TIME: Duration = Duration::from_millis(1500);

/// The exposed managers of a handle and the sockets of their subscribers.
pub(crate) struct Server {
    settings: ServerSettings,
    credentials: Credentials,
    bases: Vec<Arc<Base>>,
    sockets: Arc<Sockets>,
}

impl Server {
    pub(crate) fn new(mut settings: ServerSettings, exposed: Vec<Arc<Managed>>) -> Result<Arc<Self>, Error> {
        if settings.ping_interval.is_zero() {
            return Err(Error::Configuration(
                "the subscribers' ping interval must be longer than nothing".to_owned(),
            ));
        }
        let credentials = Credentials::new(std::mem::take(&mut settings.tokens))?;
        Ok(Arc::new(Self {
            credentials,
            bases: routes::bases(exposed, &settings)?,
            sockets: Arc::new(Sockets::new(settings.subscribers, settings.ping_interval)),
            settings,
        }))
    }

    pub(crate) fn write_drain_time(&self) -> Duration {
        self.settings.write_drain_time
    }

    /// Refuses new subscribers and closes the sockets of those that are there; ready when they are gone, or have had
    /// their time.
    pub(crate) async fn close(&self) {
        self.sockets.refuse_more();
        let hubs = self.bases.iter().flat_map(|base| base.resources());
        for hub in hubs.filter_map(|resource| resource.hub.as_ref()) {
            hub.close();
        }
        // Without a runtime there is no clock to wait by, and no socket to wait for.
        if tokio::runtime::Handle::try_current().is_ok() {
            let _ = tokio::time::timeout(CLOSE_TIME, self.sockets.gone()).await;
        }
    }

    fn send_time(&self) -> Duration {
        self.settings.send_time
    }

    fn configure(self: Arc<Self>, config: &mut ServiceConfig) {
        for base in &self.bases {
            let known = {
                let base = Arc::clone(base);
                move |context: &guard::GuardContext<'_>| base.serves(context.head().uri.path())
            };
            let server = Arc::clone(&self);
            let base = Arc::clone(base);
            // A scope's plain prefix: a resource of a pattern would run a regular expression on each path.
            let scope = web::scope(base.path()).guard(guard::fn_guard(known));
            config.service(scope.default_service(web::to(
                move |request: HttpRequest, payload: web::Payload| {
                    let server = Arc::clone(&server);
                    let base = Arc::clone(&base);
                    async move { handlers::handle(&server, &base, request, payload).await }
                },
            )));
        }
    }
}

impl Gm {
    /// The REST routes and websockets of the exposed managers, for an actix-web `App`.
    ///
    /// Each manager is served under its own base path, so give this to the `App` itself, not to a scope of it. What
    /// lies under the base path and is none of the routes is left to the application's other services.
    ///
    /// Permissions bind every caller: anonymous, or the principal of
    /// [`accept_bearer_token`](crate::GmBuilder::accept_bearer_token), whomever this handle acts as.
    ///
    /// Of the server's own settings these matter here:
    ///
    /// - `tcp_nodelay(true)`: without it an event that closely follows another waits for the subscriber's delayed
    ///   acknowledgement (40 ms on Linux).
    /// - `h1_allow_half_closed(false)`: a caller that closes its connection ends its query. Without it, only one that
    ///   resets its connection does.
    /// - `listen` with [`listener`](Self::listener): a peer that takes nothing of what is sent to it is cut off.
    /// - `client_request_timeout` (5 s by default): how long the head of a connection's first request may take. actix-web
    ///   has no such bound for the heads of later requests: a caller who begins one and sends no more holds its connection,
    ///   which counts among `max_connections`, until it closes it.
    ///
    /// [`run_until`](Self::run_until) ends the server gracefully.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    ///
    /// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    /// let gm = gm_runtime::Gm::builder().build().await?;
    /// let services = gm.services();
    /// HttpServer::new(move || App::new().configure(services.clone()))
    ///     .tcp_nodelay(true)
    ///     .h1_allow_half_closed(false)
    ///     .listen(gm.listener(("127.0.0.1", 8080))?)?
    ///     .run()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn services(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static {
        let server = Arc::clone(self.server());
        move |config| server.configure(config)
    }
}
