//! Refusals: responses with a status other than success.

use std::fmt::{self, Write as _};
use std::time::Duration;

use serde_json::Value as Json;

use super::conflict::CONFLICT;
use super::field::FieldError;
use super::request::{Method, OutcomeUnknown, RequestLine};

/// The error code of a write whose idempotency key is in use.
const IN_PROGRESS: &str = "in_progress";

/// The most bytes of `details` in a message.
const MAX_SHOWN_DETAILS: usize = 500;

/// A response with a status other than success.
///
/// This includes responses without the envelope of the wire contract, such as a proxy's HTML page. They have only a status.
/// Redirects are errors, too. The client does not follow them, since it would send the credentials to another host.
#[derive(Clone, Debug, thiserror::Error)]
pub struct RemoteError {
    pub(crate) request: RequestLine,
    pub(crate) status: u16,
    pub(crate) error_code: Option<String>,
    pub(crate) request_id: String,
    pub(crate) details: Option<Json>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) is_final: bool,
}

impl RemoteError {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The error code of the wire contract, such as `not_found`. `None` if the response had no envelope.
    ///
    /// The code may be one that this version does not know.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    /// The id of the request in the owner's log: the one in the response, else the one in the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        Some(&self.request_id)
    }

    /// The details of the envelope, for example the field and what was expected.
    #[must_use]
    pub fn details(&self) -> Option<&Json> {
        self.details.as_ref()
    }

    /// The errors of single fields, or the field that the caller may not write, if the details have the format of this
    /// framework's owners: `field` and `message`, or a list `errors` of these.
    pub(crate) fn field_errors(&self) -> Vec<FieldError> {
        let of = |detail: &Json| {
            let message = detail.get("message")?.as_str()?.to_owned();
            Some(match detail.get("field").and_then(Json::as_str) {
                Some(field) => FieldError::new(field.to_owned(), message),
                None => FieldError::of_row(message),
            })
        };
        let Some(details) = self
            .details
            .as_ref()
            .filter(|_| matches!(self.status, 400 | 403 | 409))
        else {
            return Vec::new();
        };
        match details.get("errors").and_then(Json::as_array) {
            Some(errors) => errors.iter().filter_map(of).collect(),
            None => of(details).into_iter().collect(),
        }
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.request.method
    }

    /// The request's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.request.url
    }

    /// How long the owner asks to wait before a retry (`Retry-After` in seconds).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether a retry may succeed and can't have an effect twice: the owner asks to come back (429 and 503).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.status, 429 | 503) && !self.is_outcome_unknown()
    }

    /// Whether the request was a write that the owner may have carried out.
    ///
    /// The statuses 503 and 400 to 499 are refusals, except 408, which a proxy may give while the owner works, and except a 409 with the
    /// code `in_progress`. If an earlier attempt of a write with an idempotency key was lost, 401, 403, 404, 429 and 503 leave its
    /// outcome unknown. Any other status may come from a proxy behind which the write was carried out.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let refused = matches!(self.status, 400..=407 | 409..=499 | 503) && !self.is_in_progress();
        // These refuse the last attempt, before the owner looks for the answer of an earlier one. A gateway gives 404 like this.
        let may_be_lost = self.request.is_lost && matches!(self.status, 401 | 403 | 404 | 429 | 503);
        !self.request.read && (!refused || may_be_lost)
    }

    /// The idempotency key that the request carried. See [`Error::idempotency_key`](crate::Error::idempotency_key).
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.request.key.as_deref()
    }

    /// Whether another request with the same idempotency key is still being carried out.
    pub(crate) fn is_in_progress(&self) -> bool {
        self.status == 409 && self.error_code.as_deref() == Some(IN_PROGRESS)
    }

    /// Whether another retry would not help: no retry helps against this error, or this client or a gateway on the way has
    /// retried already.
    pub(crate) fn is_final(&self) -> bool {
        self.is_final
    }

    fn advice(&self) -> &'static str {
        match (self.status, self.error_code.as_deref()) {
            (300..=399, _) => "redirects are not followed; use the new address as the base URL",
            (400, Some("validation_error")) => "a value is not valid for its field",
            (400, _) => {
                "the owner does not understand the request; compare the struct with the owner's fields, \
                 and `protocol_version`"
            }
            (401, _) => {
                "the owner does not accept the credentials that this consumer sends; see its `GmBuilder::credentials` or \
                 `GmBuilder::bearer_token`"
            }
            (403, _) => {
                "the owner's permissions do not allow this caller the operation; see the owner's `#[permission(..)]`, and \
                 for the caller this consumer's `GmBuilder::credentials` or `GmBuilder::bearer_token`"
            }
            (404, Some("not_found")) => "there is no such row, or the owner does not expose the resource",
            (404, _) => {
                "the owner has no such route; compare `base_url`, `base_path` and `resource` with the owner's. The owner's \
                 `App` needs `gm.services()`, outside of any scope, and its `#[remote_api(..)]` the `allow_..` flag of this \
                 operation"
            }
            (405, _) => {
                "the owner does not allow this operation; see the `allow_..` flags of its `#[remote_api(..)]`"
            }
            (409, Some(IN_PROGRESS)) => {
                "another request with the same idempotency key is still being carried out"
            }
            (409, _) => CONFLICT,
            (412, _) => "the row has another version than the write expects; read it again, and write again",
            (413, Some(_)) => {
                "the request is larger than the owner accepts; see its `GmBuilder::max_body_bytes`"
            }
            (413 | 414 | 431, _) => {
                "the request is larger than the owner, or a proxy in front of it, accepts"
            }
            (415, _) => "the owner does not accept JSON here",
            (422, Some("idempotency_mismatch")) => {
                "the idempotency key was sent before with another request; give each write a key of its own"
            }
            (429, _) => "too many requests; try again later",
            (502..=504, None) => {
                "a proxy in front of the owner could not reach it; check that the owner runs, and see the proxy's log"
            }
            (503, _) => "the owner is unavailable; try again later",
            (500..=599, None) => {
                "this response is not from an owner; see the log of the proxy or the service at this address"
            }
            (500..=599, _) => "the owner failed; look for the request id in its log",
            _ => "the wire contract has no such status",
        }
    }
}

/// Text from an owner, escaped for logs: it can neither control the terminal nor change the direction of the text.
struct Shown<'a>(&'a str);

impl<'a> Shown<'a> {
    /// The beginning of the text, as long as it may be in a message.
    fn beginning(text: &'a str) -> Self {
        let end = text.floor_char_boundary(MAX_SHOWN_DETAILS);
        Self(text.get(..end).unwrap_or_default())
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() || turns_or_breaks(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Whether the character changes the direction of text (Unicode's `Bidi_Control`), or ends a line or paragraph without being a
/// control character.
fn turns_or_breaks(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.status)?;
        if let Some(code) = &self.error_code {
            write!(f, " {code}")?;
        }
        // The owner's own errors are more specific than the general advice.
        let errors = self.field_errors();
        if errors.is_empty() {
            write!(f, ", {}", self.advice())?;
            if let Some(details) = &self.details {
                write!(f, " ({})", Shown::beginning(&details.to_string()))?;
            }
        } else {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            write!(f, ", {}", Shown::beginning(&errors.join("; ")))?;
        }
        if let Some(after) = self.retry_after {
            write!(f, ", after {} s", after.as_secs())?;
        }
        if self.is_outcome_unknown() {
            write!(f, "{}", OutcomeUnknown(&self.request))?;
        }
        write!(f, " [request id {}]", self.request_id)
    }
}
