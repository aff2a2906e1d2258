//! Methods that do not exist, so that the compiler names the ones that do.

mod future;
mod query;

pub use future::Awaitable;
