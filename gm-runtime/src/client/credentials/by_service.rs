//! The credentials of a handle, by service.

use std::sync::Arc;

use super::active::authorization;
use super::credential::end_of_jwt;
use super::provider::{CredentialProvider, ErasedProvider};
use super::renewing::{RenewalContext, Renewing};
use super::source::CredentialSource;
use crate::client::BaseUrl;
use crate::error::Error;

/// Where credentials come from, as the builder collects them.
#[derive(Clone)]
pub(crate) enum Declared {
    /// One bearer token, which is never renewed.
    Token(String),
    Provider(Arc<dyn ErasedProvider>),
}

impl Declared {
    pub(crate) fn provider(provider: impl CredentialProvider) -> Self {
        Self::Provider(Arc::new(provider))
    }

    /// Whether both give the same credentials.
    pub(in crate::client) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Token(token), Self::Token(other)) => token == other,
            (Self::Provider(provider), Self::Provider(other)) => Arc::ptr_eq(provider, other),
            _ => false,
        }
    }

    fn source(self, context: &RenewalContext) -> Result<CredentialSource, Error> {
        match self {
            Self::Token(token) => match authorization(&token) {
                Some(authorization) => {
                    let ends = end_of_jwt(&token, context.clock.now());
                    Ok(CredentialSource::of_token(authorization, ends))
                }
                None => Err(Error::Configuration(
                    "the bearer token must not be empty, and must be printable ASCII without spaces. A token that was read \
                     from a file may end with a line break: trim it, or use `client::TokenFile`"
                        .to_owned(),
                )),
            },
            Self::Provider(provider) => {
                provider.check().map_err(Error::Configuration)?;
                let renewing = Renewing::new(provider, context.clone());
                Ok(CredentialSource::Renewing(renewing))
            }
        }
    }
}

/// The credentials of a handle, by service.
pub(crate) struct CredentialsByService {
    /// For each service without credentials of its own.
    default: Option<CredentialSource>,
    /// By the base URL that the managers declare.
    by_service: Vec<(BaseUrl, CredentialSource)>,
}

impl CredentialsByService {
    /// # Errors
    /// [`Error::Configuration`] for a token that can't be sent, or a provider that is not configured completely.
    pub(in crate::client) fn new(
        default: Option<Declared>,
        by_service: Vec<(BaseUrl, Declared)>,
        context: &RenewalContext,
    ) -> Result<Self, Error> {
        let source = |(service, declared): (BaseUrl, Declared)| Ok((service, declared.source(context)?));
        Ok(Self {
            default: default.map(|declared| declared.source(context)).transpose()?,
            by_service: by_service.into_iter().map(source).collect::<Result<_, Error>>()?,
        })
    }

    /// The credentials for the service with this declared base URL.
    pub(in crate::client) fn of(&self, declared: &BaseUrl) -> Option<&CredentialSource> {
        let found = self.by_service.iter().find(|(service, _)| service == declared);
        found.map(|(_, source)| source).or(self.default.as_ref())
    }
}
