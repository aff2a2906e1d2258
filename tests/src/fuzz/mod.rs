//! Parsers of what strangers send, as targets of a fuzzer: each has recorded inputs, and a function that fails by
//! panicking. `tests/fuzz` runs them guided by coverage, the tests run them with recorded and changed inputs.
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
