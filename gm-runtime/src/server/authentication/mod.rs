//! Authentication: from the credentials of a request to its principal.

mod authenticator;
mod bearer_tokens;
#[cfg(feature = "jwt")]
mod bounded_file;
mod chain;
#[cfg(feature = "jwt")]
mod jwt;
mod presented;

pub use authenticator::{Authenticator, Rejected};
#[cfg(feature = "jwt")]
pub use jwt::JwtIssuer;
pub use presented::Presented;

pub(crate) use authenticator::{Answer, ErasedAuthenticator, Own, Verdict};
pub(crate) use bearer_tokens::BearerTokens;
pub(crate) use chain::{Authentication, AuthenticationSettings};
