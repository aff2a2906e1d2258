//! A credential, as a provider gives it.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::active::authorization;
use super::jwt_claims::JwtClaims;
use crate::error::CredentialError;
use crate::query::key;

/// The longest life that is counted: a credential with a later end counts as one without an end.
const MAX_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A bearer token (RFC 6750), when it ends, and the identity for which it stands.
///
/// A [`CredentialProvider`](super::CredentialProvider) gives it. `Debug` shows neither the token nor the identity.
///
/// # Defaults
/// If the token is a JSON Web Token (RFC 7519), it ends at its claim `exp`, and its identity is all of its claims that do not
/// differ from token to token. The signature is not checked, since only the owner can do that. Any other token has no end,
/// and each stands for an identity of its own.
///
/// # Units
/// A token is printable ASCII without spaces, of at most 64 KiB. An end in more than a hundred years is no end.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use gm_runtime::client::Credential;
///
/// let credential = Credential::bearer("opaque-token")
///     .lasting(Duration::from_secs(900))
///     .of("billing");
/// assert_eq!(format!("{credential:?}"), "Credential(..)");
/// ```
#[derive(Clone)]
pub struct Credential {
    token: String,
    end: End,
    identity: Option<String>,
    check_after: Option<Duration>,
}

#[derive(Clone, Copy)]
enum End {
    /// As the claims say.
    Unsaid,
    At(SystemTime),
    /// This long after the provider was called.
    After(Duration),
}

impl Credential {
    /// A bearer token. Its end and its identity are the defaults.
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            end: End::Unsaid,
            identity: None,
            check_after: None,
        }
    }

    /// Sets when the credential ends.
    #[must_use]
    pub fn until(mut self, end: SystemTime) -> Self {
        self.end = End::At(end);
        self
    }

    /// Sets how long the credential lasts, from the moment at which the provider was called.
    #[must_use]
    pub fn lasting(mut self, life: Duration) -> Self {
        self.end = End::After(life);
        self
    }

    /// Sets the identity for which the credential stands, such as the name of an account.
    ///
    /// Answers that were cached for an identity are served after a renewal for the same identity, and never for another one.
    /// So two credentials with one identity must be shown the same rows.
    #[must_use]
    pub fn of(mut self, identity: impl Into<String>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    /// Sets how long the credential is used before the provider is called again, if that is before its half-life.
    ///
    /// A provider that gives the same token then has confirmed it, and the websockets stay open.
    #[must_use]
    pub fn check_after(mut self, time: Duration) -> Self {
        self.check_after = Some(time);
        self
    }

    /// Gives the credential an end, unless it has one.
    pub(super) fn lasting_by_default(self, life: Option<Duration>) -> Self {
        match (self.end, life) {
            (End::Unsaid, Some(life)) => self.lasting(life),
            _ => self,
        }
    }

    /// Reads the credential, for a provider that was called at `called`. Both times are of the cache's clock.
    pub(super) fn read(self, called: Duration, now: Duration) -> Result<ReadCredential, CredentialError> {
        let authorization = authorization(&self.token).ok_or(CredentialError::InvalidToken)?;
        let claims = JwtClaims::of(&self.token);
        let end = match (self.end, &claims) {
            (End::Unsaid, Some(claims)) => claims.end().map_or(End::Unsaid, End::At),
            (end, _) => end,
        };
        let ends = match end {
            End::Unsaid => None,
            End::At(end) => {
                let left = end.duration_since(SystemTime::now());
                Some(left.map_err(|_| CredentialError::Ended)?).map(|left| (now, left))
            }
            End::After(life) => Some((called, life)),
        };
        let ends = ends
            .filter(|(_, life)| *life < MAX_LIFE)
            .map(|(from, life)| from.saturating_add(life));
        if ends.is_some_and(|end| end <= now) {
            return Err(CredentialError::Ended);
        }
        let identity = match (&self.identity, &claims) {
            (Some(named), _) => key(&("named", named)),
            (None, Some(claims)) => key(&("claims", claims.identity())),
            (None, None) => key(&("token", &self.token)),
        };
        Ok(ReadCredential {
            authorization,
            identity,
            ends,
            check_after: self.check_after,
        })
    }
}

/// The end of a JSON Web Token that is never renewed, on the cache's clock, where it is `now`. `None` for a token without an
/// end. One that has ended may still be accepted by an owner, whose clock decides.
pub(super) fn end_of_jwt(token: &str, now: Duration) -> Option<Duration> {
    let end = JwtClaims::of(token)?.end()?;
    let left = end.duration_since(SystemTime::now()).unwrap_or_default();
    (left < MAX_LIFE).then(|| now.saturating_add(left))
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// A credential whose token was checked, and whose end is on the cache's clock.
pub(super) struct ReadCredential {
    pub(super) authorization: String,
    /// A keyed hash.
    pub(super) identity: u128,
    pub(super) ends: Option<Duration>,
    pub(super) check_after: Option<Duration>,
}
