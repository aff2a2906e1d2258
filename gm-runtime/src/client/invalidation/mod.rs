//! The websockets that tell of changes, and keep the cache true.

mod by_hand;
mod client;
mod codec;
mod connection;
mod keeper;
mod link;
mod state;
mod subscription;
mod url;

pub use crate::protocol::event::{EventError, InvalidationEvent};
pub use client::InvalidationClient;
pub use state::{Disconnect, Refusal, SubscriptionError, SubscriptionState};

#[doc(hidden)]
pub use by_hand::{handle_invalidation_event, websocket_invalidation_url};

pub(crate) use by_hand::not_remote;
pub(crate) use link::Link;
pub(crate) use subscription::{Context, Subscriptions};
pub(crate) use url::websocket_url;
