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

#[cfg(feature = "sqlite")]
pub(crate) use crate::interface::database;
#[cfg(not(feature = "sqlite"))]
#[path = "interface/database/off.rs"]
pub(crate) mod database;
