//! The rooms that a feature turns on. If it is off, a room of the same shape without content replaces the room here, so
//! that its users name no feature.

#[cfg(feature = "client")]
pub(crate) use crate::client;
#[cfg(not(feature = "client"))]
#[path = "client/off.rs"]
pub(crate) mod client;

#[cfg(feature = "server")]
pub(crate) use crate::server;
#[cfg(not(feature = "server"))]
#[path = "server/off.rs"]
pub(crate) mod server;

#[cfg(feature = "metrics")]
pub(crate) use crate::telemetry;
#[cfg(not(feature = "metrics"))]
#[path = "telemetry/off.rs"]
pub(crate) mod telemetry;

#[cfg(feature = "openapi")]
pub(crate) use crate::openapi;
#[cfg(not(feature = "openapi"))]
#[path = "openapi/off.rs"]
pub(crate) mod openapi;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) use crate::interface::database;
#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
#[path = "interface/database/off.rs"]
pub(crate) mod database;

#[cfg(feature = "sqlite")]
pub(crate) use crate::interface::sqlite;
#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
#[path = "interface/sqlite/off.rs"]
pub(crate) mod sqlite;

#[cfg(feature = "postgres")]
pub(crate) use crate::interface::postgres;
#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
#[path = "interface/postgres/off.rs"]
pub(crate) mod postgres;
