//! What changed, and who is told.

mod event;
mod inbox;
mod topic;

pub use event::{Action, Change, Event};

pub use topic::Subscription;

pub(crate) use inbox::{ChangeQueue, Inbox, Waiting};
#[cfg(any(feature = "client", feature = "server", feature = "sqlite"))]
pub(crate) use topic::Coverage;
#[cfg(feature = "server")]
pub(crate) use topic::Subscriber;
pub(crate) use topic::{Hook, Topic};
