//! Committed changes, and the subscribers that are notified of them.

mod action;
mod change_queue;
mod committed;
mod event;
mod folded;
mod topic;

pub use action::Action;
pub use committed::Change;
pub use event::Event;

pub use topic::Subscription;

pub(crate) use action::Joined;
pub(crate) use change_queue::{ChangeQueue, ChangeQueueCapacity, Queued};
pub(crate) use committed::Images;
pub(crate) use folded::{FoldedChanges, MAX_SINGLE_CHANGES};
pub(crate) use topic::Delivery;
pub(crate) use topic::Subscriber;
pub(crate) use topic::{Hook, Topic};
