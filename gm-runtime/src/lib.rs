//! Share data between services.
//!
//! The owner of data adds attributes to a struct and gets REST endpoints, permissions and a websocket that says what
//! changed. A consumer adds attributes to a struct and gets typed queries, and a local cache that drops what changed
//! when the event arrives.
//!
//! ```
//! use gm_runtime::{GeneralManager, Gm};
//!
//! #[derive(Clone, Debug, GeneralManager)]
//! #[database(table = "projects")]
//! pub struct Project {
//!     #[field(id)]
//!     pub id: i64,
//!     #[field(max_length = 200)]
//!     pub name: String,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), gm_runtime::Error> {
//! let gm = Gm::builder().in_memory::<Project>().build().await?;
//! Project::create(ProjectCreate { name: "Alpha".into() }).exec(&gm).await?;
//! let found = Project::filter(|p| p.name.startswith("Al")).all(&gm).await?;
//! assert_eq!(found.len(), 1);
//! # Ok(()) }
//! ```
//!
//! [`GeneralManager`](derive@GeneralManager) lists the attributes and the verbs, [`GmBuilder`] the settings,
//! [`Field`](query::Field) the lookups, [`Query`] what reads rows, and [`Error`] what can go wrong.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `server` | REST endpoints and the websocket of changes, on actix-web |
//! | `client` | managers with `#[remote_manager]`, and their cache |
//! | `sqlite` | storage for `#[database]` |
//! | `regex` | `#[field(regex = ..)]`, and lookups by patterns |
//! | `garde` | `#[manager(validate)]`, for structs that derive `garde::Validate` |
//!
//! All but the last one are on by default.
//!
//! # Logs
//!
//! What no caller can be told, such as a subscription that was lost or a reply of status 500, is logged with
//! [`tracing`](https://docs.rs/tracing).
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(feature = "client", feature = "server", feature = "sqlite", feature = "regex")),
    allow(
        dead_code,
        unused_imports,
        unused_mut,
        unused_variables,
        reason = "a build with fewer features does not use everything; the build with all of them, the default, does"
    )
)]

pub mod access;
mod backoff;
pub mod change;
#[cfg(feature = "client")]
pub mod client;
mod detached;
pub mod error;
pub mod field;
mod gm;
pub mod interface;
mod json;
pub mod manager;
mod protocol;
pub mod query;
#[cfg(feature = "server")]
pub mod server;
mod time_limit;
pub mod verbs;

#[doc(hidden)]
pub mod __private;

/// Parsers that no public item reaches alone, for the fuzz targets in `tests/fuzz`.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod __fuzz {
    pub use crate::interface::sqlite::fuzz_statement as statement;
    pub use crate::server::fuzz_frames as frames;
}

pub use error::{Error, IdText};
pub use field::FieldType;
#[cfg(feature = "client")]
pub use gm::InvalidationClient;
pub use gm::{Gm, GmBuilder};
pub use gm_macros::GeneralManager;
#[doc(hidden)]
pub use manager::GeneralManager;
pub use manager::Manager;
pub use query::Rows;
pub use verbs::Query;
