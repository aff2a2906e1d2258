//! What an operator sees of a service: its health, its metrics and its traces.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod dashboard;
mod health;
mod metrics;
mod opentelemetry;
mod remote_project;
mod scrape;
mod service;
mod traces;
