//! Databases of the Postgres server that `scripts/postgres` started, servers of a test's own, and failures on the way to them.
//!
//! `scripts/postgres cargo nextest run --locked --workspace --test postgres` runs tests beside a server. Tests that need it have
//! the word `postgres` in their names, or are in the test binary of this name, since `scripts/test` leaves them out by name if
//! there is no server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod backend;
mod database;
mod pooler;
mod proxy;
mod server;

pub use backend::{Backend, Stopped};
pub use database::Database;
pub use pooler::Pooler;
pub use proxy::{Mode, Proxy};
pub use server::{Server, ServerBuilder, Shutdown};

/// A variable that `scripts/postgres` sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("`{name}` is not set. Run `scripts/postgres cargo nextest run --locked --workspace --test postgres`")
    })
}
