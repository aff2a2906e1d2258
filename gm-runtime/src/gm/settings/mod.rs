//! The settings of the rooms, as methods of the builder.

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
