//! The trait of an authenticator, which an application can implement.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;

use super::Presented;
use super::hashed_tokens::is_name;
use crate::access::{Principal, Printable};
use crate::interface::BoxFuture;

/// A check of one kind of credentials, such as tokens of an application's own.
///
/// [`GmBuilder::authenticator`](crate::GmBuilder::authenticator) adds one. REST requests and websocket handshakes ask
/// the same authenticators, in the order in which they were added, and after the
/// [bearer tokens](crate::GmBuilder::accept_bearer_token) of the builder.
///
/// # Answers
///
/// | answer | meaning |
/// |---|---|
/// | `Ok(Some(principal))` | the caller is this principal, and no other authenticator runs |
/// | `Ok(None)` | the request has no credentials of this kind, so the next authenticator runs |
/// | `Err(Rejected)` | the credentials are wrong: 401 with `WWW-Authenticate`, and close code 4401 for a websocket |
///
/// A principal whose name is empty or has control characters is rejected, too: an authenticator may have made it of a header that
/// is there and empty.
///
/// If every authenticator answers `Ok(None)`, a request without an `Authorization` header is anonymous. A request with
/// one is answered 401.
///
/// # Limits
///
/// An authenticator that takes longer than
/// [`authentication_time_limit`](crate::GmBuilder::authentication_time_limit), or panics, makes the answer 503. It runs on
/// the thread of the request, so it must not block. Each request asks it again: one that sends requests of its own should
/// remember their answers.
///
/// # Cookies
///
/// A browser sends cookies also with requests that pages of other origins make. An authenticator that knows callers by a
/// cookie must check the header `Origin`, and the cookie must be `SameSite=Strict`, `HttpOnly` and `Secure`.
///
/// # Example
///
/// ```
/// use gm_runtime::Gm;
/// use gm_runtime::access::Principal;
/// use gm_runtime::server::{Authenticator, Presented, Rejected};
///
/// /// The sessions of the application's own login.
/// struct Sessions;
///
/// impl Sessions {
///     async fn user(&self, session: &str) -> Option<String> {
///         (session == "4711").then(|| "ada".to_owned())
///     }
/// }
///
/// impl Authenticator for Sessions {
///     async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
///         let Some(session) = presented.header("x-session") else {
///             return Ok(None);
///         };
///         match self.user(session).await {
///             Some(user) => Ok(Some(Principal::named(user))),
///             None => Err(Rejected::new("the session is unknown or has ended")),
///         }
///     }
/// }
///
/// let builder = Gm::builder().authenticator(Sessions);
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The caller that the credentials of a request prove. `None` without credentials of this kind.
    ///
    /// # Errors
    /// [`Rejected`] for credentials of this kind that prove nothing: unknown, expired or malformed ones.
    fn authenticate(
        &self,
        presented: &Presented<'_>,
    ) -> impl Future<Output = Result<Option<Principal>, Rejected>> + Send;

    /// Forgets what is remembered of the caller with this name. [`Gm::revoke`](crate::Gm::revoke) calls it before it
    /// closes the websockets of the caller. Does nothing by default.
    fn revoke(&self, name: &str) {
        let _ = name;
    }
}

/// The reason why credentials were rejected.
///
/// The reason is logged at the level `debug`, with control characters escaped. The caller gets a 401 without it, since a
/// reason helps to guess credentials. It must not hold the credentials themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    reason: Cow<'static, str>,
}

impl Rejected {
    /// A rejection for this reason.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: reason.into(),
        }
    }

    /// The reason, for logs.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the credentials are rejected: {}", Printable(&self.reason))
    }
}

impl std::error::Error for Rejected {}

/// Why credentials of the authenticator's kind prove no principal.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// They are wrong.
    Rejected(Rejected),
    /// They can't be checked at present, for this reason.
    Unavailable(String),
}

impl From<Rejected> for Refusal {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

/// What an authenticator answers.
pub(crate) type Verdict = Result<Option<Principal>, Refusal>;

/// The answer of an authenticator, which may take time.
pub(crate) enum Answer<'a> {
    Now(Verdict),
    Later(BoxFuture<'a, Verdict>),
}

/// An authenticator of any type: of the framework, or of an application.
pub(crate) trait ErasedAuthenticator: Send + Sync {
    fn authenticate<'a>(&'a self, presented: &'a Presented<'a>) -> Answer<'a>;

    /// Why the authenticator does not know the `Authorization` header or token, for the log.
    fn why_unknown(&self, presented: &Presented<'_>) -> Option<String> {
        let _ = presented;
        None
    }

    fn revoke(&self, name: &str) {
        let _ = name;
    }
}

/// An authenticator of an application.
pub(crate) struct Own<A>(pub(crate) A);

impl<A: Authenticator> ErasedAuthenticator for Own<A> {
    fn authenticate<'a>(&'a self, presented: &'a Presented<'a>) -> Answer<'a> {
        // Called in the future, where a panic is caught.
        Answer::Later(Box::pin(async {
            let principal = self.0.authenticate(presented).await?;
            match principal.as_ref().and_then(Principal::name) {
                Some(name) if !is_name(name) => {
                    Err(Rejected::new("the name of the caller is empty, or has control characters").into())
                }
                _ => Ok(principal),
            }
        }))
    }

    fn revoke(&self, name: &str) {
        self.0.revoke(name);
    }
}
