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
    /// Configure them on the `App` itself, not on a scope, since each manager has its own base path. Paths under a base
    /// path that have no route are left to the application's other services.
    ///
    /// Permissions apply to every caller, even if this handle acts as a principal. A caller is anonymous, or the
    /// principal of an [accepted token](crate::GmBuilder::accept_bearer_token).
    ///
    /// [`run_until`](Self::run_until) runs the server with a graceful shutdown.
    ///
    /// # Settings of the HTTP server
    ///
    /// - `tcp_nodelay(true)`: without it, an event shortly after another one waits for the subscriber's delayed
    ///   acknowledgement (40 ms on Linux).
    /// - `h1_allow_half_closed(false)`: a caller that closes its connection ends its query. Without it, only a reset of
    ///   the connection does.
    /// - `listen` with [`listener`](Self::listener): connections whose peer reads nothing are closed.
    /// - `client_request_timeout` (5 s by default): the time limit for the head of a connection's first request.
    ///   actix-web has no time limit for the heads of later requests. A caller that sends a part of one occupies its
    ///   connection, which counts in `max_connections`, until it closes the connection.
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

    /// A listening socket on the first of these addresses that is free, for `HttpServer::listen` or
    /// `listen_rustls_0_23`.
    ///
    /// A connection is closed if its peer reads nothing for [`send_time_limit`](crate::GmBuilder::send_time_limit).
    /// Only the kernel can do this (`TCP_USER_TIMEOUT` on Linux), since actix-web does not poll a response while the
    /// peer reads nothing. On other systems a proxy in front of the service has to close such connections.
    ///
    /// # Errors
    /// If no address is free, or a name can't be resolved.
    pub fn listener(&self, addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
        listen(addresses, self.server().send_time())
    }
}
