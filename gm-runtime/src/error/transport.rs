//! Requests that got no answer.

use std::fmt;
use std::sync::Arc;

use super::request::{Method, OUTCOME_UNKNOWN, RequestLine};

/// What a request waited for when its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// One of the connections that may be open at once.
    Queue,
    /// The connection, TLS included.
    Connect,
    /// The head of the answer.
    Response,
    /// The body of the answer.
    Body,
}

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request can't be sent at all: its URL or a header is none.
    Request,
    /// No connection: the name has no address, or nobody listens there.
    Connect,
    /// No TLS: the certificate is not one of this host, or no root is trusted that vouches for it.
    Tls,
    /// The time for this phase was over.
    Timeout(Phase),
    /// The connection ended before the answer did.
    Closed,
    /// The answer is not HTTP.
    Malformed,
    /// The answer is larger than is allowed, in bytes.
    ReplyTooLarge {
        /// The most bytes that an answer may have.
        limit: usize,
    },
    /// The transport, or the runtime that carried it, ended.
    Stopped,
}

/// The owner could not be asked, or its answer did not arrive.
#[derive(Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Arc<anyhow::Error>>,
    request: Option<RequestLine>,
    settled: bool,
}

impl TransportError {
    /// An error of this kind: what a [`Transport`](crate::client::Transport) answers with.
    #[must_use]
    pub fn new(kind: TransportErrorKind) -> Self {
        Self {
            kind,
            source: None,
            request: None,
            settled: false,
        }
    }

    /// Says what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(Arc::new(source.into()));
        self
    }

    pub(crate) fn with_request(mut self, request: RequestLine, settled: bool) -> Self {
        self.request = Some(request);
        self.settled = settled;
        self
    }

    /// Why the request got no answer.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        self.request.as_ref().map(|request| request.method)
    }

    /// The request's URL.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.request.as_ref().map(|request| &*request.url)
    }

    /// The id under which the request was sent, by which the owner's log may know it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request.as_ref().map(|request| &*request.request_id)
    }

    /// Whether the request certainly never left, so that it had no effect.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        matches!(
            self.kind,
            TransportErrorKind::Request
                | TransportErrorKind::Connect
                | TransportErrorKind::Tls
                | TransportErrorKind::Timeout(Phase::Queue | Phase::Connect)
        )
    }

    /// Whether the same call may succeed later, and repeating it can't do anything twice: the request was a read,
    /// or certainly never left.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            TransportErrorKind::Request
            | TransportErrorKind::Malformed
            | TransportErrorKind::ReplyTooLarge { .. } => false,
            _ => !self.is_outcome_unknown(),
        }
    }

    /// Whether the request was a write that the owner may have carried out all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let read = self.request.as_ref().is_some_and(|request| request.read);
        !read && !self.is_unsent()
    }

    /// Whether the request was a query.
    pub(crate) fn is_query(&self) -> bool {
        let query = |request: &RequestLine| request.read && request.method == Method::Post;
        self.request.as_ref().is_some_and(query)
    }

    /// Whether the request has been sent again as often as that may help.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request can't be sent",
            Self::Connect => {
                "no connection: see that the owner runs, and that the base URL is its address, which is the one that the \
                 struct declares or the one that `GmBuilder::base_url` puts in the place of exactly that"
            }
            Self::Tls => {
                "no TLS: the owner's certificate must be one of this host, from an authority that is trusted here \
                 (see `GmBuilder::tls`); the base URL of an owner without TLS begins with `http://`"
            }
            Self::Timeout(Phase::Queue) => {
                "every connection is in use: raise `GmBuilder::max_connections`, or ask less at once"
            }
            Self::Timeout(Phase::Connect) => "no connection in time",
            Self::Timeout(Phase::Response) => "no answer in time",
            Self::Timeout(Phase::Body) => "the answer began, and did not end in time",
            Self::Closed => "the connection was closed before the answer was complete",
            Self::Malformed => "the answer is not HTTP: see that the base URL is the owner's",
            Self::ReplyTooLarge { limit } => {
                return write!(
                    f,
                    "the answer is larger than {limit} bytes: ask for smaller pages with `page_size`, or raise \
                     `GmBuilder::max_reply_size`"
                );
            }
            Self::Stopped => "the client, or the runtime that it was called in, has been stopped",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(request) = &self.request {
            write!(f, "{request}: ")?;
        }
        write!(f, "{}", self.kind)?;
        if let Some(source) = &self.source {
            write!(f, " ({source:#})")?;
        }
        if self.request.is_some() && self.is_outcome_unknown() {
            f.write_str(OUTCOME_UNKNOWN)?;
        }
        Ok(())
    }
}

// The source in one line: its own `Debug` may hold a backtrace, which ends inside the transport.
impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.as_ref().map(|source| format!("{source:#}"));
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("source", &source)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| {
            let source: &(dyn std::error::Error + 'static) = source.as_ref().as_ref();
            source
        })
    }
}
