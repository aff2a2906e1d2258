//! Serving until the service is told to end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};

use actix_web::dev::Server as HttpServer;
use futures_util::future::{Either, join3, select};

use super::Gm;

/// How long requests under way may take once the service is told to end.
const DRAIN_TIME: Duration = Duration::from_millis(1700);

/// How long the storage may take to close after that. What was answered is written by then; a query that nobody waits
/// for any more must not hold the process up.
const CLOSE_TIME: Duration = Duration::from_millis(300);

impl Gm {
    /// Runs an HTTP server until `stop` is ready, then ends gracefully, in two seconds at most: subscribers' sockets
    /// are closed with 1001, requests under way are answered, no new ones are taken, and the handle is
    /// [closed](Gm::close). Writes in flight may take longer, wherever the rows are and whether or not their callers still
    /// wait: up to [`write_drain_time`](crate::GmBuilder::write_drain_time). One that takes longer still is cut off, which
    /// is an error in the log.
    ///
    /// Build the server with `.disable_signals()`, so that it leaves signals to `stop`;
    /// [`shutdown_signal`](crate::server::shutdown_signal) is the usual one.
    ///
    /// # Errors
    /// What the HTTP server failed with.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    /// use gm_runtime::server::shutdown_signal;
    ///
    /// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    /// let gm = gm_runtime::Gm::builder().build().await?;
    /// let services = gm.services();
    /// let server = HttpServer::new(move || App::new().configure(services.clone()))
    ///     .tcp_nodelay(true)
    ///     .h1_allow_half_closed(false)
    ///     .disable_signals()
    ///     .listen(gm.listener(("127.0.0.1", 8080))?)?
    ///     .run();
    /// gm.run_until(server, shutdown_signal()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_until(&self, server: HttpServer, stop: impl Future<Output = ()>) -> io::Result<()> {
        let handle = server.handle();
        let mut server = Box::pin(server);
        // `stop` is polled first, so that signals are listened to before the first request is answered.
        let served = match select(pin!(stop), server.as_mut()).await {
            Either::Right((served, _)) => served,
            Either::Left(((), _)) => {
                self.writes().stop();
                let deadline = Instant::now() + self.server().write_drain_time();
                // A server that stops ends the threads that have no connection, and with them the writes whose callers
                // have left. New connections wait meanwhile, and what comes on the others is answered.
                let stopping = async {
                    handle.pause().await;
                    let _ = timeout_at(deadline, self.writes().begun_before_stop()).await;
                    handle.stop(true).await;
                };
                let ending = join3(self.server().close(), stopping, server.as_mut());
                let patience = async {
                    let _ = timeout_at(deadline, self.writes().begun_before_stop()).await;
                    sleep(DRAIN_TIME).await;
                    let _ = timeout_at(deadline, self.writes().ended()).await;
                };
                match select(pin!(ending), pin!(patience)).await {
                    Either::Left((((), (), served), _)) => served,
                    // A server that is dropped drops its connections; a second `stop` it would not hear.
                    Either::Right(_) => Ok(()),
                }
            }
        };
        drop(server);
        if timeout(CLOSE_TIME, self.close()).await.is_err() {
            let writes = self.writes().count();
            tracing::error!(
                writes,
                "the storage was still busy when the service ended: writes are cut off"
            );
        }
        served
    }
}
