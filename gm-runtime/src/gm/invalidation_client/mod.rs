//! The public client for subscriptions that an application opens itself.

mod client;
mod observer;
mod shared;

pub use client::InvalidationClient;
