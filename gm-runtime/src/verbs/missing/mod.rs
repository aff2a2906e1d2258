//! Methods under names that other frameworks use, or in the wrong order. The compile error says what to write.

mod draft;
mod future;
mod query;

pub use draft::SetsKeptFields;
pub use future::Awaitable;
