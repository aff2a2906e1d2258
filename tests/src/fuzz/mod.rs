//! Fuzz targets for the parsers of the wire. Each target has a corpus, and a function that panics on a failure.
//! `tests/fuzz` runs them guided by coverage. The tests run them with the corpus and mutations of it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a target fails by panicking"
)]

pub mod answers;
pub mod bodies;
pub mod events;
pub mod requests;
