//! Authentication: which caller a request is, over real sockets.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod audit;
mod browsers;
mod certificates;
mod chain;
mod jwt;
mod proxies;
mod rate_limits;
mod sockets;
mod tokens;

use gm_runtime::GmBuilder;
use gm_tests::conformance::{self, Running};
use gm_tests::raw::{Request, Response};
use gm_tests::websocket::{PING, Socket, handshake};

/// A row that only authenticated callers may read, and the events of its resource.
const PRIVATE: &str = "/internal/gm/private-things/1";
const PRIVATE_EVENTS: &str = "/internal/gm/ws/private-things";
/// A row that every caller may read.
const PUBLIC: &str = "/internal/gm/projects/1";

/// The service of the recorded cases, with its rows, on a database in memory.
async fn serve(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Running {
    let builder = configure(conformance::builder().database("sqlite::memory:"));
    let service = Running::start(builder).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    service
}

/// The response to a read with these headers.
async fn read(service: &Running, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = with(Request::new("GET", path), headers);
    request.send(service.address).await.unwrap()
}

/// The status of a handshake, and the code with which the socket is closed at once.
async fn subscribe(service: &Running, headers: &[(&str, &str)]) -> (u16, Option<u16>) {
    subscribe_to(service, PRIVATE_EVENTS, headers).await
}

/// The same for the events at this path.
async fn subscribe_to(service: &Running, path: &str, headers: &[(&str, &str)]) -> (u16, Option<u16>) {
    let request = with(handshake(path), headers);
    let (response, mut socket) = Socket::open(service.address, &request).await.unwrap();
    if response.status != 101 {
        return (response.status, None);
    }
    // The pong of an accepted subscriber is its first frame.
    socket.send(PING, b"").await.unwrap();
    let code = socket.receive().await.unwrap().close_code();
    (response.status, code)
}

fn with(request: Request, headers: &[(&str, &str)]) -> Request {
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value))
}
