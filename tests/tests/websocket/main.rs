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
use gm_tests::database::TestDatabase;
use gm_tests::marker::{self, Marker};
use gm_tests::websocket::{Socket, handshake};

const PROJECTS: &str = "/internal/gm/ws/projects?version=v1";

/// The service of the recorded cases, with its rows, on a database in memory.
async fn serve(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Running {
    serve_on(&TestDatabase::sqlite(), configure).await
}

/// The same on this database. The events of its rows are published.
async fn serve_on(database: &TestDatabase, configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Running {
    let builder = conformance::builder()
        .database(database.url())
        .manager::<Marker>();
    let service = Running::start(configure(builder)).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    marker::published(&service.gm).await;
    service
}

async fn subscribe(service: &Running, path: &str) -> Socket {
    let (response, socket) = Socket::open(service.address, &handshake(path)).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}
