//! Sends the requests of the wire contract: adds their headers, and turns refusals into errors.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::error_response::remote_error;
use super::transport::{HttpRequest, HttpResponse, Parts, Transport};
use super::{Credentials, retry};
use crate::error::{
    DecodeError, DecodeFailure, Error, Method, RequestLine, TransportError, TransportErrorKind,
};
use crate::protocol::loop_detection;
use crate::protocol::names::{PROTOCOL_VERSION_HEADER, REQUEST_ID_HEADER, VIA_HEADER};
use crate::query::PaginationLimits;

/// Sends the requests of a manager with the handle's settings: credentials, retries and limits.
pub(crate) struct Requester {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) credentials: Option<Credentials>,
    pub(super) limits: Limits,
}

/// The handle's limits for reads.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) retries: usize,
    pub(crate) max_received_bytes: usize,
    /// The most rows that `all` reads.
    pub(crate) max_rows: u64,
    pub(crate) pages: PaginationLimits,
}

/// A request of the wire contract.
pub(crate) struct Call {
    /// The operation, which is part of the request id.
    pub(crate) verb: &'static str,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) body: Option<Vec<u8>>,
    /// Whether the request only reads.
    pub(crate) read: bool,
    pub(crate) protocol_version: &'static str,
}

/// A response with a status of success.
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    request: HttpRequest,
    read: bool,
}

impl Requester {
    /// Sends the request.
    ///
    /// # Errors
    /// [`Error::Transport`] without a response, and [`Error::Remote`] for a status other than success.
    pub(crate) async fn send(&self, call: Call) -> Result<Reply, Error> {
        let mut headers = Vec::with_capacity(7);
        headers.extend([
            (PROTOCOL_VERSION_HEADER, Cow::Borrowed(call.protocol_version)),
            (REQUEST_ID_HEADER, Cow::Owned(request_id(call.verb))),
            ("accept", Cow::Borrowed("application/json")),
            (
                "user-agent",
                Cow::Borrowed(concat!("gm-runtime/", env!("CARGO_PKG_VERSION"))),
            ),
        ]);
        if call.body.is_some() {
            headers.push(("content-type", Cow::Borrowed("application/json")));
        }
        if let Some(credentials) = &self.credentials {
            headers.push((
                "authorization",
                Cow::Owned(credentials.authorization().to_owned()),
            ));
        }
        if let Some(via) = loop_detection::header() {
            headers.push((VIA_HEADER, Cow::Owned(via)));
        }
        let request = HttpRequest::new(Parts {
            method: call.method,
            url: call.url,
            headers,
            body: call.body.map(Bytes::from),
        });
        let read = call.read;
        let outcome = retry::send(&*self.transport, &request, read, self.limits.retries).await;
        match outcome.response.and_then(|response| self.check_size(response)) {
            Ok(response) if response.is_success() => Ok(Reply {
                body: response.into_body(),
                request,
                read,
            }),
            Ok(response) => {
                let error = remote_error(line(&request, read), &response, outcome.retried);
                Err(Error::Remote(Arc::new(error)))
            }
            Err(error) => {
                let error = error.with_request(line(&request, read), outcome.retried);
                Err(Error::Transport(Arc::new(error)))
            }
        }
    }

    fn check_size(&self, response: HttpResponse) -> Result<HttpResponse, TransportError> {
        // The application's own transport may have no limit.
        if response.body().len() > self.limits.max_received_bytes {
            Err(TransportError::new(TransportErrorKind::ResponseTooLarge {
                limit: self.limits.max_received_bytes,
            }))
        } else {
            Ok(response)
        }
    }

    /// The limits of `all` over all its pages.
    pub(crate) fn pages_limits(&self) -> PaginationLimits {
        self.limits.pages
    }

    /// The most rows that `all` may read.
    pub(crate) fn max_rows(&self) -> u64 {
        self.limits.max_rows
    }
}

/// The part of the request that an error shows.
fn line(request: &HttpRequest, read: bool) -> RequestLine {
    let id = request.headers().find(|(name, _)| *name == REQUEST_ID_HEADER);
    RequestLine {
        method: request.method(),
        url: request.url().into(),
        request_id: id.map(|(_, id)| id).unwrap_or_default().into(),
        read,
    }
}

fn request_id(verb: &str) -> String {
    let mut text = Uuid::encode_buffer();
    let uuid: &str = Uuid::new_v4().hyphenated().encode_lower(&mut text);
    ["gm-", verb, "-", uuid].concat()
}

impl Reply {
    /// The error for a response that could not be decoded.
    pub(crate) fn decode_error(self, manager: &'static str, failure: DecodeFailure) -> Error {
        let line = line(&self.request, self.read);
        Error::Decode(Arc::new(DecodeError::new(line, manager, failure)))
    }
}
