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

mod bodies;
mod connections;
mod fuzz;
mod sockets;

use std::time::Duration;

use gm_tests::conformance::{self, Running};
use gm_tests::raw::Request;

const QUERY: &str = "/internal/gm/projects/query";

async fn serve() -> Running {
    let builder = conformance::builder()
        .database("sqlite::memory:")
        .body_time_limit(Duration::from_millis(200));
    let service = Running::start(builder).await.unwrap();
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
