//! Share data between services.
//!
//! The owner of data adds attributes to a struct and gets REST endpoints, permissions and a websocket that says what
//! changed. A consumer adds attributes to a struct and gets typed queries, and a local cache that drops what changed
//! when the event arrives.
#![forbid(unsafe_code)]

pub mod change;
#[cfg(feature = "client")]
pub mod client;
mod error;
pub mod field;
mod gm;
pub mod interface;
pub mod manager;
pub mod permission;
#[cfg(any(feature = "client", feature = "server"))]
mod protocol;
pub mod query;
#[cfg(feature = "server")]
pub mod server;
pub mod verbs;

#[doc(hidden)]
pub mod __private;

pub use error::{Error, IdText};
pub use field::FieldType;
pub use gm::{Gm, GmBuilder};
pub use gm_macros::GeneralManager;
pub use manager::Manager;
pub use query::{Query, Rows};
