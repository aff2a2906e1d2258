//! The types of fields: a service on real sockets with rows in SQLite, and its consumer.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod file;
mod growing_enums;
mod json;
mod lookups;
mod model;
mod names;
mod patterns;
mod rolled_back;
mod round_trip;
mod rules;
mod service;
mod validation;
mod wrong_values;
