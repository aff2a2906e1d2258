//! The owner's side of a handle.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::ServiceConfig;

use super::Gm;
use super::handle::Inner;
use crate::access::Principal;
use crate::error::Error;
use crate::server::{CallerError, listen};

impl Inner {
    /// Ends the live queries and streams of changes that act as the caller with this name.
    fn end_streams(&self, name: &str) {
        for managed in self.managers.iter() {
            managed.topic().revoke(name);
        }
    }

    pub(super) fn watch_token_file(self: &Arc<Self>) -> Result<(), Error> {
        let inner = Arc::downgrade(self);
        self.server.watch_token_file(move |name| {
            if let Some(inner) = inner.upgrade() {
                inner.end_streams(name);
            }
        })
    }
}

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

    /// The caller of a request to another route of the application, by the same credentials as on the framework's routes. It
    /// is anonymous for a request without credentials.
    ///
    /// ```
    /// use actix_web::{HttpRequest, HttpResponse, web};
    /// use gm_runtime::Gm;
    ///
    /// /// A route of the application, which reads and writes with the caller's permissions.
    /// async fn report(request: HttpRequest, gm: web::Data<Gm>) -> actix_web::Result<HttpResponse> {
    ///     let caller = gm.caller(&request).await?;
    ///     let gm = gm.acting_as(caller);
    ///     # let _ = gm;
    ///     Ok(HttpResponse::Ok().finish())
    /// }
    /// ```
    ///
    /// # Errors
    /// For wrong credentials, and if an authenticator panics or takes too long.
    pub async fn caller(&self, request: &HttpRequest) -> Result<Principal, CallerError> {
        self.server().caller(request).await
    }

    /// Revokes what the caller with this name has been granted so far: closes its websockets with the code 4408, ends its live
    /// queries and streams of changes ([`acting_as`](Self::acting_as)), and forgets what the authenticators remember of it.
    ///
    /// The caller may come again with credentials that are still accepted. What is no longer accepted depends on their
    /// kind:
    ///
    /// | credential | after `revoke` |
    /// |---|---|
    /// | a token of the builder | is accepted, until the service starts without it |
    /// | a token of the file | is accepted, until the file is without it |
    /// | a JSON Web Token that was issued before, or that does not say when (`iat`) | is rejected |
    /// | a JSON Web Token that is issued later | is accepted |
    /// | a token of an application's own [`Authenticator`](crate::server::Authenticator) | what that authenticator answers. Its method `revoke` is called |
    ///
    /// A request that is in progress is still answered. The call concerns this process alone. If a service runs as several
    /// processes, each of them has to call it.
    ///
    /// ```
    /// # use gm_runtime::Gm;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let gm = Gm::builder().build().await?;
    /// // Ada has left the company.
    /// gm.revoke("ada");
    /// # Ok(()) }
    /// ```
    pub fn revoke(&self, name: &str) {
        self.server().revoke(name);
        self.inner.end_streams(name);
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
