//! Methods under names that other frameworks use, or in the wrong order. The compile error says what to write.

mod future;
mod query;

pub use future::Awaitable;
