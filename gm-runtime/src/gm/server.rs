//! The owner's side of a handle.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::sync::Arc;

use actix_web::web::ServiceConfig;

use super::Gm;
use crate::server::listen;

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

    /// Listens on the first of these addresses that is free, for `HttpServer::listen` (or `listen_rustls_0_23`). A peer
    /// that takes nothing of what is sent to it for
    /// [`send_time_limit`](crate::GmBuilder::send_time_limit) is cut off.
    ///
    /// A server can't do that itself: it does not look at an answer again until its peer has taken what was there before. So
    /// the kernel does it (`TCP_USER_TIMEOUT`), where it is Linux. Elsewhere a proxy in front of the service has to close such
    /// connections.
    ///
    /// # Errors
    /// When no address is free, or the name is not known.
    pub fn listener(&self, addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
        listen(addresses, self.server().send_time())
    }
}
