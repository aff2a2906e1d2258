//! Runs an HTTP server until its shutdown.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};

use actix_web::dev::Server as HttpServer;
use futures_util::future::{Either, join3, select};

use super::Gm;

/// How long requests in flight may take after the shutdown began.
const DRAIN_TIME: Duration = Duration::from_millis(1700);

/// How long the storage may take to close after that. All answered writes are stored by then. A query without a caller
/// must not delay the end of the process.
const CLOSE_TIME: Duration = Duration::from_millis(300);

impl Gm {
    /// Runs an HTTP server until `stop` is ready, and then shuts it down gracefully.
    ///
    /// The shutdown takes at most two seconds, except for writes. The sockets of subscribers are closed with 1001.
    /// Requests in flight are answered, and no new ones are accepted. Then the handle is [closed](Gm::close).
    ///
    /// Writes in flight may take longer, up to [`write_drain_time`](crate::GmBuilder::write_drain_time). This holds for
    /// every storage, and also if the caller has left. A write that takes even longer is aborted, and an error is
    /// logged.
    ///
    /// Build the server with `.disable_signals()`, since `stop` handles the signals. The usual `stop` is
    /// [`shutdown_signal`](crate::server::shutdown_signal).
    ///
    /// # Errors
    /// The error of the HTTP server.
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
        // `stop` is polled first, so that its signal handlers are installed before the first request.
        let served = match select(pin!(stop), server.as_mut()).await {
            Either::Right((served, _)) => served,
            Either::Left(((), _)) => {
                self.writes().stop();
                let deadline = Instant::now() + self.server().write_drain_time();
                // A stopping server ends the threads without connections, and the writes of callers that have left. So
                // the server stops accepting connections, and waits for these writes first.
                let stopping = async {
                    handle.pause().await;
                    let _ = timeout_at(deadline, self.writes().begun_before_stop()).await;
                    handle.stop(true).await;
                };
                let ending = join3(self.server().close(), stopping, server.as_mut());
                let time_limit = async {
                    let _ = timeout_at(deadline, self.writes().begun_before_stop()).await;
                    sleep(DRAIN_TIME).await;
                    let _ = timeout_at(deadline, self.writes().ended()).await;
                };
                match select(pin!(ending), pin!(time_limit)).await {
                    Either::Left((((), (), served), _)) => served,
                    // Dropping the server drops its connections. It would ignore a second `stop`.
                    Either::Right(_) => Ok(()),
                }
            }
        };
        drop(server);
        if timeout(CLOSE_TIME, self.close()).await.is_err() {
            let writes = self.writes().count();
            tracing::error!(
                writes,
                "the storage was still busy at the end of the service: writes are aborted"
            );
        }
        served
    }
}
