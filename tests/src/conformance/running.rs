//! The service in this process.

use std::net::SocketAddr;

use actix_web::{App, HttpServer};
use gm_runtime::{Gm, GmBuilder};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A service that listens on a free port of 127.0.0.1 until it is stopped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its handle.
    pub gm: Gm,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Builds the handle and serves it.
    ///
    /// # Errors
    /// When the handle can't be built, or no port is free.
    pub async fn start(builder: GmBuilder) -> anyhow::Result<Self> {
        Self::start_on(1, builder).await
    }

    /// As [`start`](Self::start), on so many threads.
    ///
    /// # Errors
    /// When the handle can't be built, or no port is free.
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
                    // A sender that is dropped stops the service too.
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
    /// What the HTTP server failed with.
    pub async fn stop(self) -> anyhow::Result<()> {
        // It may have ended already.
        let _ = self.stop.send(());
        Ok(self.served.await??)
    }
}
