//! A running service in this process.

use std::net::SocketAddr;

use actix_web::{App, HttpServer};
use gm_runtime::{Gm, GmBuilder};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A service that listens on a free port of 127.0.0.1 until it is stopped.
#[derive(Debug)]
pub struct Running {
    /// The address of the service.
    pub address: SocketAddr,
    /// The handle of the service.
    pub gm: Gm,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Builds the handle and serves it.
    ///
    /// # Errors
    /// If the handle can't be built, or no port is free.
    pub async fn start(builder: GmBuilder) -> anyhow::Result<Self> {
        Self::start_on(1, builder).await
    }

    /// Like [`start`](Self::start), with this number of threads.
    ///
    /// # Errors
    /// If the handle can't be built, or no port is free.
    pub async fn start_on(threads: usize, builder: GmBuilder) -> anyhow::Result<Self> {
        let gm = builder.build().await?;
        let services = gm.services();
        let server = HttpServer::new(move || App::new().configure(services.clone()))
            .tcp_nodelay(true)
            .h1_allow_half_closed(false)
            .workers(threads)
            .disable_signals()
            .listen(gm.listener(("127.0.0.1", 0))?)?;
        let address = server
            .addrs()
            .first()
            .copied()
            .ok_or_else(|| anyhow::anyhow!("no address to listen on"))?;
        let server = server.run();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn({
            let gm = gm.clone();
            async move {
                gm.run_until(server, async {
                    // Dropping the sender stops the service, too.
                    let _ = stopped.await;
                })
                .await
            }
        });
        Ok(Self {
            address,
            gm,
            stop,
            served,
        })
    }

    /// Ends the service gracefully.
    ///
    /// # Errors
    /// The error of the HTTP server.
    pub async fn stop(self) -> anyhow::Result<()> {
        // The service may have ended before.
        let _ = self.stop.send(());
        Ok(self.served.await??)
    }
}
