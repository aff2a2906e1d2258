//! Authentication: from the credentials of a request to its principal.
//!
//! Reasons: `docs/design/authentication.md`.

mod authenticator;
mod bearer_tokens;
mod bounded_file;
mod caller_error;
#[cfg(feature = "mtls")]
mod certificate_validity;
#[cfg(feature = "mtls")]
mod certificates;
mod chain;
#[cfg(feature = "mtls")]
mod client_certificate;
mod hashed_tokens;
#[cfg(feature = "jwt")]
mod jwt;
mod presented;
mod presented_token;
mod token_file;
mod tokens;
mod trusted_proxy;

pub use authenticator::{Authenticator, Rejected};
pub use caller_error::CallerError;
#[cfg(feature = "mtls")]
pub use client_certificate::{ClientCertificate, read_client_certificate};
#[cfg(feature = "jwt")]
pub use jwt::JwtIssuer;
pub use presented::Presented;
pub use trusted_proxy::TrustedProxy;

pub(crate) use authenticator::{Answer, ErasedAuthenticator, Own, Refusal, Verdict};
pub(crate) use bearer_tokens::BearerTokens;
pub(crate) use chain::{Authentication, AuthenticationSettings};
