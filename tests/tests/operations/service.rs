//! A service whose HTTP server outlives its handle.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use gm_runtime::Gm;
use gm_tests::raw::{Request, Response};
use serde_json::Value;

/// An HTTP server with the routes of a handle, which does not stop when the handle is closed.
pub(crate) struct Service {
    pub(crate) gm: Gm,
    pub(crate) address: SocketAddr,
    server: ServerHandle,
}

impl Service {
    pub(crate) fn of(gm: Gm) -> Self {
        let (services, health) = (gm.services(), gm.health_routes("/health"));
        let in_braces = gm.health_routes("{nopattern/");
        let app = move || {
            App::new()
                .configure(services.clone())
                .configure(health.clone())
                .configure(in_braces.clone())
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .listen(gm.listener(("127.0.0.1", 0)).unwrap())
            .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            gm,
            address,
            server: handle,
        }
    }

    pub(crate) async fn send(&self, request: Request) -> Response {
        request.send(self.address).await.unwrap()
    }

    /// The status and the JSON of a route.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.send(Request::new("GET", path)).await;
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    pub(crate) async fn stop(self) {
        self.server.stop(false).await;
    }
}
