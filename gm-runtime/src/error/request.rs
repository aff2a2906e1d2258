//! The request of an error.

use std::fmt;
use std::sync::Arc;

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads a row.
    Get,
    /// Reads the rows of a query, or creates a row.
    Post,
    /// Updates a row.
    Patch,
    /// Deletes a row.
    Delete,
}

impl Method {
    /// The name in HTTP, such as `GET`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The request of an error. The URL contains no credentials, since a base URL with credentials is refused.
#[derive(Clone, Debug)]
pub(crate) struct RequestLine {
    pub(crate) method: Method,
    pub(crate) url: Arc<str>,
    pub(crate) request_id: Arc<str>,
    /// Whether the request only reads.
    pub(crate) read: bool,
    /// The idempotency key.
    pub(crate) key: Option<Arc<str>>,
    /// Whether an earlier attempt of the write may have been carried out.
    pub(crate) is_lost: bool,
}

/// The end of the message for a write with an unknown outcome.
pub(super) struct OutcomeUnknown<'r>(pub(super) &'r RequestLine);

impl fmt::Display for OutcomeUnknown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("; whether the owner carried the write out is not known")?;
        match &self.0.key {
            Some(key) => write!(
                f,
                ", and the same write with the idempotency key `{key}` finds it out"
            ),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.url)
    }
}
