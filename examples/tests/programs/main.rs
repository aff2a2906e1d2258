//! Tests of the example programs, and of the README and the guide.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets what it did not expect should stop"
)]

mod book;
mod browsers;
mod durability;
mod gateway;
mod help_desk;
mod http;
mod own_storage;
#[cfg(feature = "postgres")]
mod postgres_moving;
#[cfg(feature = "postgres")]
mod postgres_replicas;
mod project_client;
mod project_service;
mod quickstart;
mod readme;
mod service;
mod wire;
