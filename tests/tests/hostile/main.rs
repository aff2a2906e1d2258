//! Hostile input. Each is refused or closes the connection, takes limited memory, and the service continues to serve.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod answers;
mod batches;
mod bodies;
mod connections;
mod cursors;
mod framing;
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

/// A service with a short time limit for bodies.
async fn serve_with_short_body_time() -> Running {
    serve_with(conformance::builder().body_time_limit(Duration::from_millis(200))).await
}

async fn serve_with(builder: GmBuilder) -> Running {
    let service = Running::start(builder.database("sqlite::memory:")).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    service
}

/// Asserts that the service still answers, and stops it.
async fn assert_alive(service: Running) {
    let query = Request::new("POST", QUERY).json("{}");
    let response = query.send(service.address).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["total_count"], 12);
    service.stop().await.unwrap();
}
