//! What changed, and who is told.

mod changes;
mod event;
mod hearing;
mod inbox;
mod topic;

pub use changes::Changes;
pub use event::{Action, Change, Event};

pub use topic::Subscription;

pub(crate) use hearing::{Heard, Hearing};
#[cfg(any(feature = "client", feature = "server", feature = "sqlite"))]
pub(crate) use topic::Coverage;
#[cfg(feature = "server")]
pub(crate) use topic::Subscriber;
pub(crate) use topic::{Hook, Topic};
