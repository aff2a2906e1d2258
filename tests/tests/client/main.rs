//! The client's requests: the recorded calls against an owner of this project, and other cases against servers that the tests
//! control byte by byte.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod base_url;
mod batches;
mod chain;
mod client_credentials;
mod credentials;
mod cursors;
mod denied;
mod errors;
mod gateway;
mod interim;
mod limits;
mod managers;
mod moving_rows;
mod outcomes;
mod owner;
mod paging;
mod passing_on;
mod recorded;
mod requests;
mod retries;
mod retries_of_chains;
mod runtimes;
mod schema_failures;
mod schema_versions;
mod schema_writes;
mod schemas;
mod server;
mod shared;
mod tls;
mod values;
mod versions;
