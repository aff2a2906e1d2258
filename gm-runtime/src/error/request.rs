//! The request that an error is about.

use std::fmt;
use std::sync::Arc;

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads a row.
    Get,
    /// Reads the rows that match a query, or adds a row.
    Post,
    /// Changes a row.
    Patch,
    /// Removes a row.
    Delete,
}

impl Method {
    /// The method as HTTP spells it.
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

/// The request that an error is about. Its URL holds no credentials: a base URL with some is refused.
#[derive(Clone, Debug)]
pub(crate) struct RequestLine {
    pub(crate) method: Method,
    pub(crate) url: Arc<str>,
    pub(crate) request_id: Arc<str>,
    /// Whether it only reads.
    pub(crate) read: bool,
}

/// What the message of a write says whose outcome is unknown.
pub(super) const OUTCOME_UNKNOWN: &str = "; whether the owner carried the write out is not known";

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.url)
    }
}
