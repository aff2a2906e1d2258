//! The websockets with invalidation events, which keep the cache valid.

mod codec;
mod connection;
mod established;
mod fresh_credential;
mod handshake;
mod monitor;
mod reconnect;
mod renewal;
mod subscription;
mod subscriptions;
mod url;

pub use crate::protocol::event::{EventError, InvalidationEvent};

pub(crate) use monitor::SubscriptionMonitor;
pub(crate) use subscription::{Context, Subscription};
pub(crate) use subscriptions::{Hold, Subscriptions};
pub(crate) use url::websocket_url;
