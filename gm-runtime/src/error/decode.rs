//! Answers that can't be understood.

use super::request::{OUTCOME_UNKNOWN, RequestLine};
use crate::field::ValueError;

/// The owner's answer could not be understood: it is not JSON, or does not have the form of the contract, or a row
/// in it does not fit the consumer's struct.
///
/// Of a write it leaves open whether it was carried out: an owner that answers so had carried it out, and what answers in
/// an owner's place, such as a proxy with a page of its own, had not.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "{request}: `{manager}`{}: {message}{}",
    FieldOf(*field),
    if request.read { "" } else { OUTCOME_UNKNOWN }
)]
pub struct DecodeError {
    request: RequestLine,
    manager: &'static str,
    field: Option<&'static str>,
    message: String,
}

struct FieldOf(Option<&'static str>);

impl std::fmt::Display for FieldOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |field| write!(f, ".`{field}`"))
    }
}

/// What is wrong with an answer, before it is known which request it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) field: Option<&'static str>,
    pub(crate) message: String,
}

impl Misfit {
    pub(crate) fn answer(message: impl Into<String>) -> Self {
        Self {
            field: None,
            message: message.into(),
        }
    }

    pub(crate) fn field(field: &'static str, error: &ValueError) -> Self {
        Self {
            field: Some(field),
            message: error.message().to_owned(),
        }
    }
}

impl DecodeError {
    pub(crate) fn new(request: RequestLine, manager: &'static str, misfit: Misfit) -> Self {
        Self {
            request,
            manager,
            field: misfit.field,
            message: misfit.message,
        }
    }

    /// The struct's name.
    #[must_use]
    pub fn manager(&self) -> &'static str {
        self.manager
    }

    /// The field that does not fit, where it is one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// What was expected.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the request was a write, which the owner may have carried out all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        !self.request.read
    }

    /// The id under which the request was sent.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request.request_id
    }
}
