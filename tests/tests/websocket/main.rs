//! The websocket of changes, over real sockets.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod classes;
mod closing;
mod events;
mod frames;
mod handshake;
mod slow;

use gm_runtime::GmBuilder;
use gm_tests::conformance::{self, Running};
use gm_tests::websocket::{Socket, handshake};

const PROJECTS: &str = "/internal/gm/ws/projects?version=v1";

/// The service of the recorded cases, with its rows, on a database in memory.
async fn serve(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Running {
    let builder = configure(conformance::builder().database("sqlite::memory:"));
    let service = Running::start(builder).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    service
}

async fn subscribe(service: &Running, path: &str) -> Socket {
    let (response, socket) = Socket::open(service.address, &handshake(path)).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}
