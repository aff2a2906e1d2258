//! What changed, and who is told.

mod event;
mod topic;

pub use event::{Action, Change};

pub use topic::Subscription;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use topic::Coverage;
#[cfg(feature = "server")]
pub(crate) use topic::Subscriber;
pub(crate) use topic::{Hook, Topic};
