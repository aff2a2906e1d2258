//! The builder's methods for the settings of the rooms.

#[cfg(feature = "server")]
mod authentication;
#[cfg(feature = "client")]
mod cache;
mod changes;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "sqlite")]
mod database;
mod reads;
#[cfg(feature = "server")]
mod server;
