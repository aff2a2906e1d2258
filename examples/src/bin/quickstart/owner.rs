//! The owner of the projects, with a database file and a server on a free port. The server counts its requests.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::{App, HttpServer};
use anyhow::Context as _;
use gm_examples::Project;
use gm_runtime::Gm;

pub(crate) struct Owner {
    pub(crate) gm: Gm,
    pub(crate) address: SocketAddr,
    pub(crate) requests: Requests,
    server: ServerHandle,
}

/// The number of requests that reached the owner.
#[derive(Clone, Default)]
pub(crate) struct Requests(Arc<AtomicU64>);

impl Requests {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Owner {
    pub(crate) async fn start(database: &Path) -> anyhow::Result<Self> {
        let gm = Gm::builder()
            .database(format!("sqlite://{}", database.display()))
            .expose::<Project>()
            .build()
            .await?;
        let requests = Requests::default();
        let (services, counter) = (gm.services(), requests.clone());
        let server = HttpServer::new(move || {
            let counter = counter.clone();
            App::new()
                .wrap_fn(move |request, service| {
                    counter.0.fetch_add(1, Ordering::SeqCst);
                    service.call(request)
                })
                .configure(services.clone())
        })
        .tcp_nodelay(true)
        .h1_allow_half_closed(false)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(gm.listener(("127.0.0.1", 0))?)?;
        let address = *server.addrs().first().context("the server has no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self {
            gm,
            address,
            requests,
            server: handle,
        })
    }

    pub(crate) async fn stop(self) {
        self.gm.close().await;
        self.server.stop(true).await;
    }
}
