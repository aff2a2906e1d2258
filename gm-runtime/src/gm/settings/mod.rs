//! The builder's methods for the settings of the rooms.

#[cfg(feature = "server")]
mod authentication;
#[cfg(feature = "client")]
mod cache;
mod changes;
#[cfg(feature = "client")]
mod client;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod database;
mod health;
#[cfg(feature = "server")]
mod rate_limits;
mod reads;
#[cfg(feature = "server")]
mod server;
mod writes;

use std::time::Duration;

/// The longest time limit. A longer one could exceed the range of the clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
