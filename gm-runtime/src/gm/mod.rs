//! The handle that an application holds, and its builder.

mod build;
mod builder;
mod compare_schema;
mod events;
mod explain;
mod handle;
mod handle_transaction;
mod health;
#[cfg(feature = "client")]
mod invalidation_client;
mod managers;
#[cfg(feature = "client")]
mod manual_invalidation;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(all(
    feature = "client",
    feature = "server",
    any(feature = "postgres", feature = "sqlite")
)))]
pub(crate) mod missing;
#[cfg(all(feature = "openapi", feature = "server"))]
mod openapi;
#[cfg(feature = "server")]
mod schema;
#[cfg(feature = "server")]
mod server;
mod settings;
#[cfg(feature = "server")]
mod shutdown;
mod transaction;

pub use builder::GmBuilder;
pub use handle::Gm;
#[cfg(feature = "client")]
pub use invalidation_client::InvalidationClient;
#[cfg(feature = "client")]
pub use manual_invalidation::{handle_invalidation_event, websocket_invalidation_url};
