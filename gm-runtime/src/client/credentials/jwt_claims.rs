//! The claims of a JSON Web Token, for its holder.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json};

/// Claims that differ from token to token of one identity: RFC 7519, OpenID Connect, and those of Microsoft Entra.
const OF_ONE_TOKEN: [&str; 8] = ["exp", "iat", "nbf", "jti", "auth_time", "aio", "rh", "uti"];
/// The claim of a service account's token in Kubernetes, and its member that differs from token to token.
const KUBERNETES: (&str, &str) = ("kubernetes.io", "warnafter");

/// The claims of a token, which are not verified. The owner verifies them. Its holder needs them only to renew it in time.
pub(super) struct JwtClaims(Map<String, Json>);

impl JwtClaims {
    /// The claims of the token, if it is a signed JSON Web Token (RFC 7515, 7.1).
    pub(super) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&payload).ok().map(Self)
    }

    /// The claim `exp`. `None` if it is missing, or no number. A number that is no time has passed.
    pub(super) fn end(&self) -> Option<SystemTime> {
        let seconds = self.0.get("exp")?.as_f64()?;
        let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Some(UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH))
    }

    /// The claims that all tokens of one identity have in common, as JSON. A change of groups or of a tenant is another
    /// identity.
    pub(super) fn identity(&self) -> String {
        let mut claims = self.0.clone();
        for name in OF_ONE_TOKEN {
            claims.remove(name);
        }
        let (kubernetes, member) = KUBERNETES;
        if let Some(Json::Object(members)) = claims.get_mut(kubernetes) {
            members.remove(member);
        }
        Json::Object(claims).to_string()
    }
}
