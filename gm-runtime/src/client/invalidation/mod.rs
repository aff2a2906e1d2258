//! The websockets that tell of changes, and keep the cache true.

mod client;
mod codec;
mod connection;
mod manual;
mod monitor;
mod reconnect;
mod subscription;
mod subscriptions;
mod url;

pub use crate::protocol::event::{EventError, InvalidationEvent};
pub use client::InvalidationClient;

#[doc(hidden)]
pub use manual::{handle_invalidation_event, websocket_invalidation_url};

pub(crate) use manual::not_remote;
pub(crate) use monitor::SubscriptionMonitor;
pub(crate) use subscription::Context;
pub(crate) use subscriptions::Subscriptions;
pub(crate) use url::websocket_url;
