//! What no caller should send: each is answered with a clear refusal or a close, costs bounded memory, and the service
//! goes on serving.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod answers;
mod bodies;
mod connections;
mod fuzz;
mod handshakes;
mod limits;
mod memory;
mod reads;
mod sockets;
mod upgrades;

use std::time::Duration;

use gm_runtime::GmBuilder;
use gm_tests::conformance::{self, Running};
use gm_tests::raw::Request;

const QUERY: &str = "/internal/gm/projects/query";

async fn serve() -> Running {
    serve_with(conformance::builder()).await
}

/// A service that soon gives up a body that does not come.
async fn serve_hasty() -> Running {
    serve_with(conformance::builder().body_time_limit(Duration::from_millis(200))).await
}

async fn serve_with(builder: GmBuilder) -> Running {
    let service = Running::start(builder.database("sqlite::memory:")).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    service
}

/// The service still answers, and stops.
async fn goes_on(service: Running) {
    let query = Request::new("POST", QUERY).json("{}");
    let response = query.send(service.address).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["total_count"], 12);
    service.stop().await.unwrap();
}
