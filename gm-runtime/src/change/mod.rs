//! What changed, and who is told.

mod event;
mod topic;

pub use event::{Action, Change};

pub use topic::Subscription;

pub(crate) use topic::{Hook, Subscriber, Topic};
