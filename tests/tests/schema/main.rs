//! The schema of an owner: who sees what of it, its hash, and its documents.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod accepted;
mod callers;
mod check;
mod desk;
mod documents;
mod gateway;
mod hash;
mod openapi_callers;
mod openapi_values;
mod route;
