//! What changed, and who is told.

mod event;
mod topic;

pub use event::{Action, Change};

pub(crate) use topic::{Subscriber, Subscription, Topic};
