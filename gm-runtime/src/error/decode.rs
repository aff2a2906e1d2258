//! Responses that could not be decoded.

use super::IdText;
use super::id_text::OfRow;
use super::request::{OutcomeUnknown, RequestLine};
use crate::field::ValueError;

/// A response that could not be decoded: it is not JSON, it does not follow the wire contract, or a row in it does not fit
/// the consumer's struct.
///
/// The outcome of a write is unknown then. If the response is the owner's, the write was carried out. If it is from
/// something in front of the owner, such as a proxy with a page of its own, it was not.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "{request}: `{manager}`{}{}: {message}{}",
    FieldOf(*field),
    OfRow(row),
    if request.read { String::new() } else { OutcomeUnknown(request).to_string() }
)]
pub struct DecodeError {
    request: RequestLine,
    manager: &'static str,
    field: Option<&'static str>,
    row: Option<IdText>,
    message: String,
}

struct FieldOf(Option<&'static str>);

impl std::fmt::Display for FieldOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |field| write!(f, ".`{field}`"))
    }
}

/// Why a response could not be decoded. [`DecodeError`] adds the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecodeFailure {
    pub(crate) field: Option<&'static str>,
    /// The id of the row, if it is known.
    pub(crate) row: Option<IdText>,
    pub(crate) message: String,
}

impl DecodeFailure {
    pub(crate) fn of_response(message: impl Into<String>) -> Self {
        Self {
            field: None,
            row: None,
            message: message.into(),
        }
    }

    pub(crate) fn of_field(field: &'static str, row: Option<IdText>, error: &ValueError) -> Self {
        Self {
            field: Some(field),
            row,
            message: error.message().to_owned(),
        }
    }
}

impl DecodeError {
    pub(crate) fn new(request: RequestLine, manager: &'static str, failure: DecodeFailure) -> Self {
        Self {
            request,
            manager,
            field: failure.field,
            row: failure.row,
            message: failure.message,
        }
    }

    /// The name of the manager's struct.
    #[must_use]
    pub fn manager(&self) -> &'static str {
        self.manager
    }

    /// The field whose value could not be decoded. `None` if the error is about the whole response.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// The id of the row whose value could not be decoded, if it is known.
    #[must_use]
    pub fn row(&self) -> Option<&IdText> {
        self.row.as_ref()
    }

    /// What was expected and what came: the type of the value, a number, or an unknown name of an enum, shortened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the request was a write, so that the owner may have carried it out.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        !self.request.read
    }

    /// The idempotency key that the request carried. See [`Error::idempotency_key`](crate::Error::idempotency_key).
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.request.key.as_deref()
    }

    /// The id of the request, which the owner's log may contain.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request.request_id
    }
}
