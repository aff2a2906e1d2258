//! The owner's side of the wire: REST and the websocket of events.

mod audit;
mod authentication;
mod batch;
mod body;
mod call;
#[cfg_attr(not(feature = "docs"), path = "docs/off.rs")]
mod docs;
mod handlers;
mod header_names;
mod health_routes;
mod idempotency_key;
mod if_match;
mod listener;
mod operations;
mod rate_limit;
mod replay;
mod request_id;
mod response;
mod routes;
mod schema;
mod services;
mod settings;
mod signals;
mod state;
mod traced_request;
mod url;
mod websocket;
mod writes;

#[cfg(feature = "jwt")]
pub use authentication::JwtIssuer;
pub use authentication::{Authenticator, CallerError, Presented, Rejected, TrustedProxy};
#[cfg(feature = "mtls")]
pub use authentication::{ClientCertificate, read_client_certificate};
pub use rate_limit::RateLimit;
pub use signals::shutdown_signal;
#[cfg(fuzzing)]
pub use websocket::fuzz_frames;

pub(crate) use authentication::Own;
pub(crate) use health_routes::configure_health;
pub(crate) use listener::listen;
pub(crate) use settings::ServerSettings;
pub(crate) use state::Server;
