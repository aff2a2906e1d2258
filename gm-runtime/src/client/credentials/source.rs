//! Where the credentials for a service come from.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::active::ActiveCredential;
use super::renewing::Renewing;
use crate::client::{BaseUrl, ResourceCache};
use crate::error::CredentialError;

/// The credentials for a service: one token, or a provider's. Cheap to clone. Two sources are equal if they give the same.
#[derive(Clone)]
pub(crate) enum CredentialSource {
    /// One token, which is never renewed. A request takes neither a lock nor a reference for it.
    Token(Arc<ActiveCredential>),
    Renewing(Arc<Renewing>),
}

/// A credential while a request uses it.
pub(crate) enum Held<'a> {
    Token(&'a ActiveCredential),
    Renewed(Arc<ActiveCredential>),
}

impl Deref for Held<'_> {
    type Target = ActiveCredential;

    fn deref(&self) -> &ActiveCredential {
        match self {
            Held::Token(credential) => credential,
            Held::Renewed(credential) => credential,
        }
    }
}

impl CredentialSource {
    /// The source of one token, with this header, which ends at this time of the cache's clock.
    pub(super) fn of_token(authorization: String, ends: Option<Duration>) -> Self {
        Self::Token(Arc::new(ActiveCredential::new(authorization, 0, 0, ends)))
    }

    /// A credential that is valid now.
    pub(crate) async fn current(&self) -> Result<Arc<ActiveCredential>, CredentialError> {
        match self {
            Self::Token(token) => Ok(Arc::clone(token)),
            Self::Renewing(renewing) => renewing.current().await,
        }
    }

    /// What the cache's key contains: the token, or a number of the source. The identities of a source are distinguished by
    /// [`ResourceCache::change_identity`].
    pub(crate) fn key(&self) -> SourceKey<'_> {
        match self {
            Self::Token(token) => SourceKey::Token(token.authorization()),
            Self::Renewing(renewing) => SourceKey::Number(renewing.number),
        }
    }

    /// Has the cache follow the source's identity and the end of its credentials.
    pub(crate) fn attach(&self, cache: &Arc<ResourceCache>, service: &BaseUrl) {
        match self {
            Self::Token(token) => cache.end_with_credential(token.ends),
            Self::Renewing(renewing) => renewing.attach(cache, service),
        }
    }

    /// The source, if it renews its credentials.
    pub(crate) fn renewing(&self) -> Option<&Arc<Renewing>> {
        match self {
            Self::Token(_) => None,
            Self::Renewing(renewing) => Some(renewing),
        }
    }
}

/// Identifies a source.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum SourceKey<'a> {
    Token(&'a str),
    Number(u64),
}

impl PartialEq for CredentialSource {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for CredentialSource {}

impl Hash for CredentialSource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
