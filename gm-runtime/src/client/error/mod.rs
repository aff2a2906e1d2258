//! What can go wrong between a consumer and the owner.

mod decode;
mod remote;
mod transport;

pub use decode::DecodeError;
pub(crate) use decode::Misfit;
pub use remote::RemoteError;
pub use transport::{Phase, TransportError, TransportErrorKind};

use std::fmt;
use std::sync::Arc;

use super::transport::Method;

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
const OUTCOME_UNKNOWN: &str = "; whether the owner carried the write out is not known";

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.url)
    }
}
