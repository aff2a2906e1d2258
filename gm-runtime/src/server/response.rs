//! The HTTP responses of the REST routes.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::header_names::REQUEST_ID;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::names::RETRIED_HEADER;
use crate::protocol::response_body::{self, Exchange};

/// A response with a JSON body. Caches must not store it.
pub(crate) fn success(status: StatusCode, body: Vec<u8>, exchange: Exchange<'_>) -> HttpResponse {
    start(status, exchange).body(body)
}

/// The response to a refused request. Errors of this service are logged with the id of the request.
pub(crate) fn failure(failure: &Failure, exchange: Exchange<'_>, allow: &str) -> HttpResponse {
    if let Some(source) = &failure.source {
        let request_id = exchange.request_id;
        match failure.code {
            ErrorCode::InternalError => tracing::error!(request_id, "the request failed: {source}"),
            _ => tracing::warn!(request_id, "the request can't be answered at present: {source}"),
        }
    }
    let status = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = start(status, exchange);
    match failure.code {
        ErrorCode::AuthenticationRequired => {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        ErrorCode::MethodNotAllowed => {
            response.insert_header((ALLOW, allow));
        }
        ErrorCode::RateLimited | ErrorCode::Unavailable => {
            response.insert_header((RETRY_AFTER, HeaderValue::from(failure.retry_after)));
            if failure.is_final {
                response.insert_header((RETRIED_HEADER, HeaderValue::from_static("true")));
            }
        }
        _ => {}
    }
    response.body(response_body::failure(failure, exchange))
}

fn start(status: StatusCode, exchange: Exchange<'_>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((&REQUEST_ID, exchange.request_id));
    response
}
