//! A service that counts its requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::Service as _;
use actix_web::{App, HttpServer};
use gm_runtime::Gm;
use gm_tests::raw::{Request, Response};
use serde_json::Value as Json;

/// A service of the managers that a handle exposes.
pub(crate) struct Service {
    pub(crate) url: String,
    address: SocketAddr,
    queries: Arc<AtomicUsize>,
}

impl Service {
    pub(crate) fn start(gm: &Gm) -> Self {
        let queries = Arc::new(AtomicUsize::new(0));
        let (services, count) = (gm.services(), Arc::clone(&queries));
        let server = HttpServer::new(move || {
            let count = Arc::clone(&count);
            App::new()
                .wrap_fn(move |request, service| {
                    let path = request.path();
                    if !path.contains("/ws/") && !path.ends_with("/_schema") {
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                    service.call(request)
                })
                .configure(services.clone())
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let address = server.addrs()[0];
        tokio::spawn(server.run());
        Self {
            url: format!("http://{address}"),
            address,
            queries,
        }
    }

    /// The response to a request.
    pub(crate) async fn send(&self, request: Request) -> Response {
        request.send(self.address).await.unwrap()
    }

    /// The response to a query with this body.
    pub(crate) async fn query(&self, resource: &str, body: &Json) -> Response {
        let request = Request::new("POST", &format!("/gm/{resource}/query")).json(&body.to_string());
        request.send(self.address).await.unwrap()
    }

    /// The requests since the last call, without those for websockets, and for schemas, which are read once.
    pub(crate) fn requests(&self) -> usize {
        self.queries.swap(0, Ordering::SeqCst)
    }
}
