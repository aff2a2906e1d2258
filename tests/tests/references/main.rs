//! References between managers: rows that are related, on each storage and across services.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod audited;
mod cascades;
mod contended;
mod foreign_keys;
mod lookups;
mod over_the_wire;
mod plans;
mod races;
mod reads;
mod related;
mod remote_lookups;
mod service;
mod shared_tables;
mod sizes;
mod undone;
