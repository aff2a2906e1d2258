//! Answers with a status other than success.

use std::fmt::{self, Write as _};
use std::time::Duration;

use serde_json::Value as Json;

use super::request::{Method, OUTCOME_UNKNOWN, RequestLine};
use super::{CONFLICT, FieldError};

/// The most bytes of `details` that a message repeats.
const SHOWN_DETAILS: usize = 500;

/// The owner refused: an answer with a status other than success.
///
/// An answer without the contract's envelope, such as a proxy's HTML page, is one too: the status decides, and the
/// rest is absent. Redirects are not followed, since credentials would be carried along; they are refusals here.
#[derive(Clone, Debug, thiserror::Error)]
pub struct RemoteError {
    pub(crate) request: RequestLine,
    pub(crate) status: u16,
    pub(crate) error_code: Option<String>,
    pub(crate) request_id: String,
    pub(crate) details: Option<Json>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) settled: bool,
}

impl RemoteError {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The contract's code, such as `not_found`; absent when the answer had no envelope. A code that this version
    /// does not know is given as it came.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    /// The id under which the owner logged the request: the one it answered with, else the one it was sent.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        Some(&self.request_id)
    }

    /// What the owner said of the field and of what was expected of it.
    #[must_use]
    pub fn details(&self) -> Option<&Json> {
        self.details.as_ref()
    }

    /// What is wrong with the values of the write, or in conflict with another row, as far as the details say so in the
    /// form of this framework's owners: `field` and `message`, and where more is wrong than one thing, a list of these
    /// named `errors`.
    pub(crate) fn field_errors(&self) -> Vec<FieldError> {
        let of = |detail: &Json| {
            let message = detail.get("message")?.as_str()?.to_owned();
            Some(match detail.get("field").and_then(Json::as_str) {
                Some(field) => FieldError::new(field.to_owned(), message),
                None => FieldError::of_row(message),
            })
        };
        let Some(details) = self.details.as_ref().filter(|_| matches!(self.status, 400 | 409)) else {
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

    /// How long the owner asks to wait before another try (`Retry-After` in seconds).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same call may succeed later, and repeating it can't do anything twice: the owner asks to come back
    /// (429 and 503).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// Whether the request was a write that the owner may have carried out all the same.
    ///
    /// 503 and what else begins with 4 are refusals, but for 408, which a proxy may answer while the owner works. Any
    /// other status may come from a place that the write had passed, such as the owner's proxy.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let refused = matches!(self.status, 400..=407 | 409..=499 | 503);
        !self.request.read && !refused
    }

    /// Whether the request has been sent again as often as that may help, here or by a gateway on the way.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    fn advice(&self) -> &'static str {
        match (self.status, self.error_code.as_deref()) {
            (300..=399, _) => "redirects are not followed: give the new address as the base URL",
            (400, Some("validation_error")) => "a value does not fit its field",
            (400, _) => {
                "the owner does not understand the request: compare the struct with the owner's fields, \
                 and `protocol_version`"
            }
            (401, _) => "the owner wants other credentials: see `GmBuilder::bearer_token`",
            (403, _) => {
                "this caller may not do this: see the owner's `#[permission(..)]`, and \
                 `GmBuilder::bearer_token` for who the caller is"
            }
            (404, Some("not_found")) => "there is no such row, or the owner does not expose the resource",
            (404, _) => {
                "nothing answers here: compare `base_url`, `base_path` and `resource` with the owner's, whose `App` \
                 needs `gm.services()`, in no scope; or the owner does not allow this operation: see the `allow_..` \
                 flags of its `#[remote_api(..)]`"
            }
            (405, _) => {
                "the owner does not allow this operation: see the `allow_..` flags of its `#[remote_api(..)]`"
            }
            (409, _) => CONFLICT,
            (413, Some(_)) => {
                "the request is larger than the owner takes: see its `GmBuilder::max_body_bytes`"
            }
            (413 | 414 | 431, _) => "the request is larger than the owner takes, or a proxy in front of it",
            (415, _) => "the owner does not take JSON here",
            (429, _) => "too many requests: try again later",
            (502..=504, None) => {
                "a proxy in front of the owner answers, which could not reach it: see that the owner runs, and the proxy's log"
            }
            (503, _) => "the owner can't answer now: try again later",
            (500..=599, None) => {
                "not an owner's answer: what stands in front of the owner, or in its place, is broken; see its log"
            }
            (500..=599, _) => "the owner is broken: look for the request id in its log",
            _ => "not an answer of the contract",
        }
    }
}

/// Text of an owner's, which can't command the terminal that shows a log, nor turn the order in which it is read.
struct Shown<'a>(&'a str);

impl<'a> Shown<'a> {
    /// As much of it as a message repeats.
    fn beginning(text: &'a str) -> Self {
        let end = text.floor_char_boundary(SHOWN_DETAILS);
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

/// The characters that say in which direction text is read (Unicode's `Bidi_Control`), and those that end a line or a
/// paragraph without being control characters.
fn turns_or_breaks(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.status)?;
        if let Some(code) = &self.error_code {
            write!(f, " {code}")?;
        }
        // What the owner found wrong says more than what is generally to be looked at.
        let said = self.field_errors();
        if said.is_empty() {
            write!(f, ", {}", self.advice())?;
            if let Some(details) = &self.details {
                write!(f, " ({})", Shown::beginning(&details.to_string()))?;
            }
        } else {
            let said: Vec<_> = said.iter().map(ToString::to_string).collect();
            write!(f, ", {}", Shown::beginning(&said.join("; ")))?;
        }
        if let Some(after) = self.retry_after {
            write!(f, ", after {} s", after.as_secs())?;
        }
        if self.is_outcome_unknown() {
            f.write_str(OUTCOME_UNKNOWN)?;
        }
        write!(f, " [request id {}]", self.request_id)
    }
}
