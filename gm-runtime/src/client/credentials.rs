//! What proves to an owner who is asking.

use super::BaseUrl;
use crate::error::Error;

/// Who a handle says that it is, to which service.
#[derive(Default)]
pub(crate) struct CredentialsByService {
    /// Said to every service that has none of its own.
    pub(super) general: Option<Credentials>,
    /// By the address that managers declare.
    pub(super) own: Vec<(BaseUrl, Credentials)>,
}

impl CredentialsByService {
    /// What the service that is declared at this address is told.
    pub(super) fn of(&self, declared: &BaseUrl) -> Option<&Credentials> {
        let own = self.own.iter().find(|(service, _)| service == declared);
        own.map(|(_, own)| own).or(self.general.as_ref())
    }
}

/// A value of the `Authorization` header. Never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Credentials {
    authorization: String,
}

impl Credentials {
    /// A bearer token (RFC 6750): printable ASCII without spaces.
    pub(crate) fn bearer(token: &str) -> Result<Self, Error> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Configuration(
                "the bearer token must be printable ASCII without spaces, and not empty; see that it was read \
                 without a line end"
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
