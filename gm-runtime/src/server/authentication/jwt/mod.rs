//! JSON Web Tokens (RFC 7519), signed by identity providers.
//!
//! Reasons: `docs/design/authentication.md`.

mod authenticator;
mod claims;
mod issuer;
mod key;
mod key_set;
mod key_source;
mod mapping;
mod provider;
mod rejection;
mod remembered;
mod revocations;
mod token;
mod trusted;

pub use issuer::JwtIssuer;

pub(super) use authenticator::JwtAuthenticator;
