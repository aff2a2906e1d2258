//! One request and its response.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::ParseError;
use awc::ClientResponse;
use awc::error::{ConnectError, PayloadError, SendRequestError};
use awc::http::Method as AwcMethod;
use awc::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::connect::{is_timeout, without_tls};
use super::framing::Malformed;
use super::http_stream::{Refused, Unusable};
use super::message::ExtensionHeaders;
use super::{HttpRequest, HttpResponse, Limits, pool};
use crate::error::{Method, Phase, TransportError, TransportErrorKind};
use crate::protocol::features::Features;
use crate::protocol::names::{FEATURES_HEADER, REPLAYED_HEADER, SCHEMA_HEADER};
use crate::protocol::schema_hash::SchemaHash;

/// The most bytes that are allocated ahead for a body of an announced length. The server may never send that many.
const MAX_RESERVED: usize = 256 * 1024;

/// The name of the header with the extensions. A text would be parsed again for each response.
static FEATURES: HeaderName = HeaderName::from_static(FEATURES_HEADER);
/// The name of the header with the hash of the schema.
static SCHEMA: HeaderName = HeaderName::from_static(SCHEMA_HEADER);
/// The name of the header of an answer to an earlier request.
static REPLAYED: HeaderName = HeaderName::from_static(REPLAYED_HEADER);

/// The headers that awc adds to a request: `host`.
const ADDED_HEADERS: usize = 1;

/// Sends the request with this thread's client, and reads the whole response. `start`: when the caller began to wait.
pub(super) async fn exchange(
    limits: &Arc<Limits>,
    request: &HttpRequest,
    start: Instant,
) -> Result<HttpResponse, TransportError> {
    let timeouts = &limits.timeouts;
    let end = later(start, timeouts.request);
    let head_by = later(start, timeouts.response).min(end);
    let (url, has_tls) = without_tls(request.url());
    let tls = if has_tls {
        let ready_by = later(Instant::now(), timeouts.connect).min(head_by);
        Some(within(ready_by, Phase::Connect, limits.tls.config()).await??)
    } else {
        None
    };
    let client = pool::client(limits, tls.as_ref());
    // Another crate of the program may enable awc's decompression, which knows no size limit.
    let mut call = client.request(method(request.method()), &*url).no_decompress();
    let headers = call.headers_mut();
    headers.reserve(request.parts().headers.len().saturating_add(ADDED_HEADERS));
    for (name, value) in &request.parts().headers {
        // Static names and values are not copied.
        let value = match value {
            Cow::Borrowed(value) => HeaderValue::from_maybe_shared(Bytes::from_static(value.as_bytes())),
            Cow::Owned(value) => HeaderValue::from_str(value),
        };
        let value = value.map_err(|error| transport_error(SendRequestError::Http(error.into())))?;
        headers.append(HeaderName::from_static(name), value);
    }
    let sent = match request.body() {
        Some(body) => call.send_body(body.clone()),
        None => call.send(),
    };
    let mut answer = within(head_by, Phase::Response, sent)
        .await?
        .map_err(transport_error)?;
    let status = answer.status();
    let headers = (!status.is_success()).then(|| texts_of(answer.headers()));
    let extensions = extensions_of(answer.headers());
    let body_by = later(Instant::now(), timeouts.body).min(end);
    let body = within(body_by, Phase::Body, body(&mut answer, limits.max_received_bytes)).await??;
    Ok(match headers {
        Some(headers) => HttpResponse::new(status.as_u16(), headers, body),
        None => HttpResponse::success(status.as_u16(), extensions, body),
    })
}

fn later(from: Instant, duration: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    from.checked_add(duration.min(FAR)).unwrap_or(from)
}

/// Not an async function, whose state would hold the future twice.
fn within<T>(
    deadline: Instant,
    phase: Phase,
    future: impl Future<Output = T>,
) -> impl Future<Output = Result<T, TransportError>> {
    let timed_out = move |_| TransportError::new(TransportErrorKind::Timeout(phase));
    timeout_at(deadline, future).map(move |outcome| outcome.map_err(timed_out))
}

fn extensions_of(headers: &HeaderMap) -> ExtensionHeaders {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    ExtensionHeaders {
        features: text(&FEATURES).map(Features::read),
        schema: text(&SCHEMA).and_then(SchemaHash::read),
        is_replayed: headers.contains_key(&REPLAYED),
    }
}

/// The headers whose values are texts.
fn texts_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let texts = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    texts.collect()
}

/// Reads the body. Its type depends on awc's features.
async fn body<S>(answer: &mut ClientResponse<S>, limit: usize) -> Result<Bytes, TransportError>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let too_large = || TransportError::new(TransportErrorKind::ResponseTooLarge { limit });
    let announced = answer
        .headers()
        .get(awc::http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > limit) {
        return Err(too_large());
    }
    // A body that arrives in one piece, as most do, is not copied.
    let mut first = Bytes::new();
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.next().await {
        let chunk = chunk.map_err(|error| {
            TransportError::new(TransportErrorKind::Closed).with_source(Described::of(&error))
        })?;
        let received = first.len().saturating_add(body.len());
        if received.saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        if received == 0 {
            first = chunk;
            continue;
        }
        if body.is_empty() {
            body.reserve(announced.unwrap_or(0).min(MAX_RESERVED));
            body.extend_from_slice(&std::mem::take(&mut first));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(if body.is_empty() {
        detach(first)
    } else {
        body.freeze()
    })
}

/// Copies a small body out of its receive buffer, so that this thread can reuse the buffer.
fn detach(bytes: Bytes) -> Bytes {
    const SMALL: usize = 4 * 1024;
    if bytes.len() > SMALL {
        bytes
    } else {
        Bytes::copy_from_slice(&bytes)
    }
}

fn method(method: Method) -> AwcMethod {
    match method {
        Method::Get => AwcMethod::GET,
        Method::Post => AwcMethod::POST,
        Method::Patch => AwcMethod::PATCH,
        Method::Delete => AwcMethod::DELETE,
    }
}

/// Translates awc's errors. The kind tells whether the request may have had an effect.
fn transport_error(error: SendRequestError) -> TransportError {
    let kind = match &error {
        SendRequestError::Url(_) | SendRequestError::Http(_) => TransportErrorKind::Request,
        SendRequestError::Connect(connect) => match connect {
            // awc's error when the connection ends before the response begins. The request was sent.
            ConnectError::Disconnected => TransportErrorKind::Closed,
            ConnectError::Timeout => TransportErrorKind::Timeout(Phase::Connect),
            ConnectError::Io(io) if is_timeout(io) => TransportErrorKind::Timeout(Phase::Connect),
            ConnectError::Io(io) if is_of::<rustls::Error>(io) => TransportErrorKind::Tls,
            _ => TransportErrorKind::Connect,
        },
        SendRequestError::Response(ParseError::Io(io)) | SendRequestError::Send(io) => {
            if is_of::<Refused>(io) {
                TransportErrorKind::Tls
            } else if is_of::<Unusable>(io) {
                TransportErrorKind::Connect
            } else if is_of::<Malformed>(io) {
                TransportErrorKind::Malformed
            } else {
                TransportErrorKind::Closed
            }
        }
        SendRequestError::Response(_) => TransportErrorKind::Malformed,
        SendRequestError::Timeout => TransportErrorKind::Timeout(Phase::Response),
        _ => TransportErrorKind::Closed,
    };
    let translated = TransportError::new(kind);
    match &error {
        // awc's message says that no connection could be opened, which is wrong here.
        SendRequestError::Connect(ConnectError::Disconnected) => translated,
        error => translated.with_source(Described::of(error)),
    }
}

fn is_of<E: std::error::Error + Send + Sync + 'static>(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|source| source.is::<E>())
}

/// The message of an error that can't leave its thread.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Described(String);

impl Described {
    fn of(error: &dyn std::error::Error) -> Self {
        Self(error.to_string())
    }
}
