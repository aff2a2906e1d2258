//! Requests of the contract: their headers, and what their answers mean.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::refused::remote_error;
use super::transport::{HttpRequest, HttpResponse, Parts, Transport};
use super::{Credentials, retry};
use crate::error::{DecodeError, Error, Method, Misfit, RequestLine, TransportError, TransportErrorKind};
use crate::protocol::names::{PROTOCOL_VERSION_HEADER, REQUEST_ID_HEADER, VIA_HEADER};
use crate::protocol::via;
use crate::query::PagesLimits;

/// Sends the requests of a manager, with what the handle's settings add to them.
pub(crate) struct Requester {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) credentials: Option<Credentials>,
    pub(super) limits: Limits,
}

/// What the handle's settings allow a reading.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) retries: usize,
    pub(crate) max_reply_size: usize,
    /// Of `all`.
    pub(crate) max_rows: u64,
    pub(crate) pages: PagesLimits,
}

/// A request, as the contract sees it.
pub(crate) struct Call {
    /// The operation, in the request id.
    pub(crate) verb: &'static str,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) body: Option<Vec<u8>>,
    /// Whether it only reads.
    pub(crate) read: bool,
    pub(crate) protocol_version: &'static str,
}

/// An answer of success.
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    request: HttpRequest,
    read: bool,
}

impl Requester {
    /// Sends the request.
    ///
    /// # Errors
    /// [`Error::Transport`], and [`Error::Remote`] for an answer other than success.
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
        if let Some(via) = via::header() {
            headers.push((VIA_HEADER, Cow::Owned(via)));
        }
        let request = HttpRequest::new(Parts {
            method: call.method,
            url: call.url,
            headers,
            body: call.body.map(Bytes::from),
        });
        let read = call.read;
        let sent = retry::send(&*self.transport, &request, read, self.limits.retries).await;
        match sent.answer.and_then(|answer| self.bounded(answer)) {
            Ok(answer) if answer.is_success() => Ok(Reply {
                body: answer.into_body(),
                request,
                read,
            }),
            Ok(answer) => {
                let error = remote_error(line(&request, read), &answer, sent.settled);
                Err(Error::Remote(Arc::new(error)))
            }
            Err(error) => {
                let error = error.with_request(line(&request, read), sent.settled);
                Err(Error::Transport(Arc::new(error)))
            }
        }
    }

    fn bounded(&self, answer: HttpResponse) -> Result<HttpResponse, TransportError> {
        // A transport of the application's own may know no bound.
        if answer.body().len() > self.limits.max_reply_size {
            Err(TransportError::new(TransportErrorKind::ReplyTooLarge {
                limit: self.limits.max_reply_size,
            }))
        } else {
            Ok(answer)
        }
    }

    /// What `all` may take over all its pages.
    pub(crate) fn pages_limits(&self) -> PagesLimits {
        self.limits.pages
    }

    /// The most rows that `all` may read.
    pub(crate) fn max_rows(&self) -> u64 {
        self.limits.max_rows
    }
}

/// What an error says of the request.
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
    /// The error of an answer that can't be understood.
    pub(crate) fn misfit(self, manager: &'static str, misfit: Misfit) -> Error {
        let line = line(&self.request, self.read);
        Error::Decode(Arc::new(DecodeError::new(line, manager, misfit)))
    }
}
