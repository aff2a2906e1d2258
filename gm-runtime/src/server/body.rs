//! Reads the body of a request, within its limits of size and time.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING, UPGRADE};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_core::Stream;

use super::settings::ServerSettings;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;

/// Reads the body. A longer one than the limit is refused unread.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    settings: &ServerSettings,
) -> Result<Bytes, Failure> {
    let wrong_type = declares_another_type(request.headers());
    let declared = declared_length(request.headers());
    if wrong_type && declared.is_some_and(|length| length > 0) {
        return Err(ErrorCode::UnsupportedMediaType.into());
    }
    if declared.is_some_and(|length| length > settings.body_bytes as u64) {
        return Err(ErrorCode::PayloadTooLarge.into());
    }
    let length = requests_upgrade(request.headers()).then(|| declared.unwrap_or(0));
    let whole = collect(payload, wrong_type, length, settings.body_bytes);
    match tokio::time::timeout(settings.body_time, whole).await {
        Ok(body) => body,
        Err(_) => Err(Failure::invalid("the body did not arrive in time")),
    }
}

/// Reads the payload. With a length, reads as much and no more. Without one, reads to the end.
async fn collect(
    payload: &mut Payload,
    wrong_type: bool,
    length: Option<u64>,
    max: usize,
) -> Result<Bytes, Failure> {
    let too_early = || Failure::invalid("the body ended too early");
    let mut missing = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX));
    // A body that arrives in one piece, as most do, is not copied.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while missing > 0
        && let Some(chunk) = poll_fn(|context| Pin::new(&mut *payload).poll_next(context)).await
    {
        let mut chunk = chunk.map_err(|_| too_early())?;
        chunk.truncate(missing);
        missing -= chunk.len();
        if wrong_type && !chunk.is_empty() {
            return Err(ErrorCode::UnsupportedMediaType.into());
        }
        if first.len() + rest.len() + chunk.len() > max {
            return Err(ErrorCode::PayloadTooLarge.into());
        }
        if first.is_empty() && rest.is_empty() {
            first = chunk;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&chunk);
        }
    }
    if length.is_some() && missing > 0 {
        return Err(too_early());
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// Whether the request asks for an upgrade to a websocket. actix then takes the rest of the connection for the payload.
///
/// On a route without a websocket the upgrade is ignored (RFC 9110, 7.8), and the body has the declared length (RFC
/// 9112, 6.3). actix closes the connection after the response.
fn requests_upgrade(headers: &HeaderMap) -> bool {
    let is_websocket = |value: &str| value.trim().eq_ignore_ascii_case("websocket");
    !headers.contains_key(TRANSFER_ENCODING)
        && headers
            .get_all(UPGRADE)
            .any(|value| value.to_str().is_ok_and(is_websocket))
}

/// Ties the unread rest of a chunked body to the response, so that actix closes the connection after it.
///
/// If the rest is dropped earlier, actix reads it to its end, without a time limit.
pub(crate) fn retain_unread(request: &HttpRequest, response: HttpResponse, unread: Payload) -> HttpResponse {
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return response;
    }
    response.map_body(|_, body| {
        BoxBody::new(WithUnread {
            body,
            _unread: unread,
        })
    })
}

/// Whether the request declares a body that is not empty.
pub(crate) fn is_declared(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || declared_length(headers).is_some_and(|length| length > 0)
}

struct WithUnread {
    body: BoxBody,
    _unread: Payload,
}

impl MessageBody for WithUnread {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Whether the declared type of the body is not JSON (R-content-type). Parameters are ignored.
fn declares_another_type(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_TYPE).any(|value| {
        let Ok(value) = value.to_str() else {
            return true;
        };
        let media_type = value.split(';').next().unwrap_or_default().trim();
        !media_type.is_empty() && !is_json(media_type)
    })
}

fn is_json(media_type: &str) -> bool {
    let Some((main, sub)) = media_type.split_once('/') else {
        return false;
    };
    (main.eq_ignore_ascii_case("application") && sub.eq_ignore_ascii_case("json"))
        || sub
            .len()
            .checked_sub("+json".len())
            .and_then(|start| sub.get(start..))
            .is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}
