//! Committed changes, and the subscribers that are notified of them.

mod change_queue;
mod event;
mod folded;
mod topic;

pub use event::{Action, Change, Event};

pub use topic::Subscription;

pub(crate) use change_queue::{ChangeQueue, ChangeQueueCapacity, Queued};
pub(crate) use event::Images;
pub(crate) use folded::{FoldedChanges, MAX_SINGLE_CHANGES};
pub(crate) use topic::Delivery;
pub(crate) use topic::Subscriber;
pub(crate) use topic::{Hook, Topic};
