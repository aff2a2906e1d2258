//! The consumer's transport and remote interface, against servers that the tests write byte by byte.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod managers;
mod runtimes;
mod server;
