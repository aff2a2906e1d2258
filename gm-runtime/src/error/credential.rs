//! Credentials that a consumer could not get.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::TransportError;

/// The reason for which a [`CredentialProvider`](crate::client::CredentialProvider) gave no credential.
///
/// It never contains a token or a client secret.
///
/// # Example
/// ```
/// use gm_runtime::error::CredentialError;
///
/// let error = CredentialError::other(std::io::Error::other("the vault is sealed"));
/// assert!(error.to_string().contains("the vault is sealed"));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The provider did not give a credential in time.
    #[error(
        "the provider gave no credential within {0:?}; see `GmBuilder::credential_time_limit`, and check what the provider waits for"
    )]
    Timeout(Duration),
    /// The provider panicked.
    #[error("the provider of credentials panicked; its message is in the output of the program")]
    Panicked,
    /// The credential has ended already.
    #[error(
        "the provider gave a credential that has ended already; check that it is renewed, and that both clocks agree"
    )]
    Ended,
    /// The token can't be sent in a header.
    #[error(
        "the provider gave a token that is empty, longer than 64 KiB, or not printable ASCII without spaces"
    )]
    InvalidToken,
    /// The identity changed again and again while a request was sent.
    #[error(
        "the provider changed its identity with each credential; name one identity with `Credential::of`"
    )]
    UnstableIdentity,
    /// The file of the token can't be read.
    #[error("the token file `{}` can't be read: {reason}", path.display())]
    File {
        /// The path, as it was configured.
        path: Arc<Path>,
        /// What the system says.
        reason: Arc<str>,
    },
    /// The token endpoint could not be reached, or did not respond.
    #[error("no response of the token endpoint: {0}")]
    Transport(Arc<TransportError>),
    /// The token endpoint refused, or failed.
    #[error("the token endpoint responded with {status}{}; check the client's id, secret and scope", Code(*code))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code of RFC 6749, 5.2, such as `invalid_client`. `None` for any other text.
        code: Option<&'static str>,
    },
    /// The response of the token endpoint is not that of RFC 6749, 5.1.
    #[error("the response of the token endpoint {0}")]
    Malformed(&'static str),
    /// The error of an application's own provider.
    #[error("{0:#}")]
    Other(Arc<anyhow::Error>),
    /// The thread that renews credentials could not be started, or has ended.
    #[error("the thread that renews credentials does not run: {0}")]
    Stopped(Arc<str>),
}

impl CredentialError {
    /// The error of an application's own provider. Its message is logged, so it must not contain the token.
    #[must_use]
    pub fn other(source: impl Into<anyhow::Error>) -> Self {
        Self::Other(Arc::new(source.into()))
    }

    /// Whether a later attempt may succeed without another configuration.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Ended | Self::File { .. } | Self::Other(_) => true,
            Self::Transport(error) => error.is_retryable(),
            Self::Refused { status, .. } => matches!(status, 429 | 500..=599),
            _ => false,
        }
    }
}

/// The error code in parentheses.
struct Code(Option<&'static str>);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}
