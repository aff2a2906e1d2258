//! Authentication: from the credentials of a request to its principal.

mod authenticator;
mod bearer_tokens;
mod chain;
mod presented;

pub use authenticator::{Authenticator, Rejected};
pub use presented::Presented;

pub(crate) use authenticator::{Answer, ErasedAuthenticator, Own, Verdict};
pub(crate) use bearer_tokens::BearerTokens;
pub(crate) use chain::{Authentication, AuthenticationSettings};
