//! A framework that shares rows of data between services.
//!
//! The *owner* of the rows adds attributes to a struct. It gets REST endpoints, permissions, and a websocket that announces
//! each change. A *consumer* adds attributes to a struct of its own. It gets a typed client, and a cache that those
//! announcements keep correct.
//!
//! This owner keeps its rows in memory:
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
//! With `.database("sqlite://projects.db")` the rows are in a SQLite file. A consumer writes `#[remote_manager(..)]` in place of
//! `#[database(..)]`, and the same verbs send requests, or answer from the cache.
//!
//! # Where to look
//!
//! | to find | see |
//! |---|---|
//! | the attributes, and what the derive adds to a struct | [`GeneralManager`](derive@GeneralManager) |
//! | the settings, with their defaults | [`GmBuilder`] |
//! | the handle: what runs, closes and observes | [`Gm`] |
//! | the verbs that read | [`Query`] |
//! | the lookups of a field | [`Field`](query::Field) |
//! | what can go wrong | [`Error`] |
//! | storage of your own | [`Interface`](interface::Interface) |
//!
//! # What is not there yet
//!
//! The databases are SQLite and PostgreSQL. Other storage is an [`Interface`](interface::Interface) of your own. Rules apply to
//! rows and fields, and look at no other row. A [transaction](Gm::transaction) is of one storage. On SQLite one process owns a table. Events
//! are hints to read again, not messages in a queue.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `server` | on | the REST routes and the websocket of an owner, on actix-web |
//! | `client` | on | the requests, the cache and the subscriptions of `#[remote_manager]` |
//! | `sqlite` | on | rows in a SQLite file, for `#[database]` |
//! | `postgres` | off | rows in PostgreSQL, for `#[database]` |
//! | `regex` | on | `#[field(regex = ..)]`, and lookups by patterns |
//! | `jwt` | off | `JwtIssuer`, the JSON Web Tokens of identity providers |
//! | `mtls` | off | callers with client certificates, for an owner that serves TLS with rustls |
//! | `metrics` | off | `Gm::collect_metrics`, metrics for an exporter of the application's choice |
//! | `garde` | off | `#[manager(validate)]`, for structs that derive `garde::Validate` |
//! | `docs` | off | a page with the OpenAPI document, without requests to other hosts |
//! | `openapi` | off | OpenAPI 3.1 documents of what an owner serves |
//! | `testing` | off | `gm_runtime::testing`, tests for an application's own storage |
//!
//! # Logs
//!
//! Events that no caller receives, such as a lost subscription, and the reasons of answers with the status 500, are logged
//! with [`tracing`](https://docs.rs/tracing).
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(
        feature = "client",
        feature = "docs",
        feature = "jwt",
        feature = "metrics",
        feature = "openapi",
        feature = "postgres",
        feature = "regex",
        feature = "server",
        feature = "sqlite",
        feature = "testing"
    )),
    allow(
        dead_code,
        unreachable_code,
        unreachable_pub,
        unused_imports,
        unused_mut,
        unused_variables,
        reason = "a build with fewer features does not use everything; the build of the tests, which has all of them, does"
    )
)]

pub mod access;
mod backoff;
pub mod change;
#[cfg(feature = "client")]
pub mod client;
mod condition;
mod detached;
pub mod error;
mod features;
pub mod field;
mod gm;
pub mod health;
pub mod interface;
mod json;
pub mod manager;
#[cfg(feature = "openapi")]
mod openapi;
mod principal;
mod protocol;
pub mod query;
pub mod schema;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "metrics")]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod time_limit;
pub mod trace;
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
pub use gm_macros::{GeneralManager, computed};
#[doc(hidden)]
pub use manager::GeneralManager;
pub use manager::Manager;
pub use query::Rows;
pub use verbs::Query;
