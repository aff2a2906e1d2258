//! What can go wrong between a consumer and the owner.

use serde_json::Value as Json;

/// The owner refused: an answer with a status other than success.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{method} {url}: {status} {}", error_code.as_deref().unwrap_or("without an error code"))]
pub struct RemoteError {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) error_code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) details: Option<Json>,
}

impl RemoteError {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The contract's code, such as `not_found`; absent when the answer had no envelope.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    /// The id under which the owner logged the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What the owner said of the field and of what was expected of it.
    #[must_use]
    pub fn details(&self) -> Option<&Json> {
        self.details.as_ref()
    }
}

/// The owner could not be asked, or its answer did not arrive.
#[derive(Clone, Debug, thiserror::Error)]
#[error("placeholder")]
pub struct TransportError {}

impl TransportError {
    /// Whether the request certainly had no effect, so that it may be sent again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        false
    }
}

/// The owner's answer could not be understood.
#[derive(Clone, Debug, thiserror::Error)]
#[error("placeholder")]
pub struct DecodeError {}
