//! A credential in use.

use std::time::Duration;

/// The longest token. Owners and proxies accept far less in a header.
const MAX_TOKEN: usize = 64 * 1024;

/// A credential in use: the header, and what the cache and the websockets must know of it. `Debug` does not show the token.
pub(crate) struct ActiveCredential {
    /// Differs from that of each earlier credential of the source.
    pub(crate) number: u64,
    /// Changes with the identity for which the source's credentials stand.
    pub(crate) identity: u64,
    /// When it ends, on the cache's clock. `None` for a credential without an end.
    pub(crate) ends: Option<Duration>,
    authorization: String,
}

impl ActiveCredential {
    /// The first credential of a source, from a [checked](authorization) header.
    pub(super) fn new(authorization: String, number: u64, identity: u64, ends: Option<Duration>) -> Self {
        Self {
            number,
            identity,
            ends,
            authorization,
        }
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> &str {
        &self.authorization
    }

    /// Whether the credential has not ended at this time.
    pub(crate) fn holds(&self, now: Duration) -> bool {
        self.ends.is_none_or(|end| now < end)
    }
}

impl std::fmt::Debug for ActiveCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ActiveCredential(..)")
    }
}

/// The header for a bearer token (RFC 6750). `None` unless the token is printable ASCII without spaces, and not too long.
pub(super) fn authorization(token: &str) -> Option<String> {
    let fits =
        !token.is_empty() && token.len() <= MAX_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| ["Bearer ", token].concat())
}
