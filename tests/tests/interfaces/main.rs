//! The places of rows: a database, memory, own storage, and another service behind a gateway.
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
mod bulk;
mod callers;
mod cell;
mod claims;
mod closing;
mod comments;
mod computed;
mod conformance;
mod conformance_fields;
mod conformance_requests;
mod counts;
mod cursors;
mod feed;
mod memory;
mod moving_rows;
mod own;
mod property;
mod random_rules;
mod references;
mod ruled_sample;
mod sample;
mod services;
mod sight_of_changes;
mod storage;
mod transactions;
mod unjudged;
mod versions;
