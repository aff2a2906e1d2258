//! The credentials that a handle sends to the owners.

use super::BaseUrl;
use crate::error::Error;

/// The credentials of a handle, by service.
#[derive(Default)]
pub(crate) struct CredentialsByService {
    /// For each service without credentials of its own.
    pub(super) default: Option<Credentials>,
    /// By the base URL that the managers declare.
    pub(super) by_service: Vec<(BaseUrl, Credentials)>,
}

impl CredentialsByService {
    /// The credentials for the service with this declared base URL.
    pub(super) fn of(&self, declared: &BaseUrl) -> Option<&Credentials> {
        let found = self.by_service.iter().find(|(service, _)| service == declared);
        found
            .map(|(_, credentials)| credentials)
            .or(self.default.as_ref())
    }
}

/// A value of the `Authorization` header. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Credentials {
    authorization: String,
}

impl Credentials {
    /// A bearer token (RFC 6750): printable ASCII without spaces.
    pub(crate) fn bearer(token: &str) -> Result<Self, Error> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Configuration(
                "the bearer token must not be empty, and must be printable ASCII without spaces. A token that was read \
                 from a file may end with a line break: trim it"
                    .to_owned(),
            ));
        }
        Ok(Self {
            authorization: format!("Bearer {token}"),
        })
    }

    pub(crate) fn authorization(&self) -> &str {
        &self.authorization
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}
