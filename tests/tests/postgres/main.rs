//! Postgres as storage, with a real server: `scripts/postgres cargo nextest run --locked --workspace --test postgres`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod chaos;
mod connecting;
mod corrupted;
mod feed;
mod fixture;
mod health;
mod hostile_values;
mod json_equality;
mod patterns;
mod pooler;
mod reads;
mod schema;
mod tls;
mod unreadable;
mod versions;
mod writes;
