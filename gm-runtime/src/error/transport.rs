//! Requests without a response.

use std::fmt;
use std::sync::Arc;

use super::request::{Method, OutcomeUnknown, RequestLine};

/// The phase of a request in which a timeout ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for a connection slot (`GmBuilder::max_connections`).
    Queue,
    /// Opening the connection, including TLS.
    Connect,
    /// Waiting for the head of the response.
    Response,
    /// Receiving the body of the response.
    Body,
}

/// The reason for which a request got no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request is invalid and can't be sent: its URL or a header.
    Request,
    /// No connection: the name has no address, or nothing listens at the address.
    Connect,
    /// No TLS: the certificate is for another host, or no trusted root signed it.
    Tls,
    /// The timeout of this phase.
    Timeout(Phase),
    /// The connection ended before the response.
    Closed,
    /// The response is not valid HTTP.
    Malformed,
    /// The response is larger than `GmBuilder::max_received_bytes`.
    ResponseTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The transport, or the runtime of the request, stopped.
    Stopped,
}

/// A request without a response: it could not be sent, or the response did not arrive.
#[derive(Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Arc<anyhow::Error>>,
    request: Option<RequestLine>,
    is_final: bool,
}

impl TransportError {
    /// An error of this kind, for the implementation of a [`Transport`](crate::client::Transport).
    #[must_use]
    pub fn new(kind: TransportErrorKind) -> Self {
        Self {
            kind,
            source: None,
            request: None,
            is_final: false,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(Arc::new(source.into()));
        self
    }

    pub(crate) fn with_request(mut self, request: RequestLine, is_final: bool) -> Self {
        self.request = Some(request);
        self.is_final = is_final;
        self
    }

    /// The reason for which the request got no response.
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

    /// The id of the request, which the owner's log may contain.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request.as_ref().map(|request| &*request.request_id)
    }

    /// Whether the request certainly was not sent, so that it had no effect. Of a write with an idempotency key, this is about the last
    /// attempt.
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

    /// Whether a retry may succeed and can't have an effect twice: the request was a read, or certainly was not sent.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            TransportErrorKind::Request
            | TransportErrorKind::Malformed
            | TransportErrorKind::ResponseTooLarge { .. } => false,
            _ => !self.is_outcome_unknown(),
        }
    }

    /// Whether the request was a write that the owner may have carried out.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let is_lost = self.request.as_ref().is_some_and(|request| request.is_lost);
        let read = self.request.as_ref().is_some_and(|request| request.read);
        !read && (is_lost || !self.is_unsent())
    }

    /// The idempotency key that the request carried. See [`Error::idempotency_key`](crate::Error::idempotency_key).
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.request.as_ref()?.key.as_deref()
    }

    /// Whether the request was a query.
    pub(crate) fn is_query(&self) -> bool {
        let query = |request: &RequestLine| request.read && request.method == Method::Post;
        self.request.as_ref().is_some_and(query)
    }

    /// Whether another retry would not help: no retry helps against this error, or this client has retried already.
    pub(crate) fn is_final(&self) -> bool {
        self.is_final
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request can't be sent",
            Self::Connect => {
                "no connection; check that the owner runs, and that the base URL is its address: the one in the struct, or the one \
                 that replaces it with `GmBuilder::base_url`"
            }
            Self::Tls => {
                "no TLS; the owner's certificate must be for this host, from a trusted authority (see `GmBuilder::tls`). The \
                 base URL of an owner without TLS begins with `http://`"
            }
            Self::Timeout(Phase::Queue) => {
                "all connections are in use; raise `GmBuilder::max_connections`, or send fewer requests at once"
            }
            Self::Timeout(Phase::Connect) => "timeout before the connection was open",
            Self::Timeout(Phase::Response) => "timeout before the response began",
            Self::Timeout(Phase::Body) => "timeout before the response was complete",
            Self::Closed => "the connection was closed before the response was complete",
            Self::Malformed => "the response is not valid HTTP; check that the base URL is the owner's",
            Self::ResponseTooLarge { limit } => {
                return write!(
                    f,
                    "the response is larger than {limit} bytes; use smaller pages with `page_size`, or raise \
                     `GmBuilder::max_received_bytes`"
                );
            }
            Self::Stopped => "the client, or the runtime of the request, was stopped",
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
        if let Some(request) = &self.request
            && self.is_outcome_unknown()
        {
            write!(f, "{}", OutcomeUnknown(request))?;
        }
        Ok(())
    }
}

// The source is formatted as one line, since its `Debug` may contain a backtrace.
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
