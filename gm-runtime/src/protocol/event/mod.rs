//! Invalidation events, from the owner to its consumers.

mod decode;
mod encode;
mod format;

pub use decode::{EventError, InvalidationEvent};
pub(crate) use encode::encode;
pub(crate) use format::MAX_BYTES;
