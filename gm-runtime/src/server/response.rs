//! The HTTP responses of the REST routes.

use std::array::from_fn;
use std::sync::LazyLock;

use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::call::Success;
use super::header_names::{FEATURES, REPLAYED, REQUEST_ID};
use crate::protocol::batch_failure::BatchFailure;
use crate::protocol::entity_tag;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::features::{Features, SETS};
use crate::protocol::names::RETRIED_HEADER;
use crate::protocol::response_body::{self, Exchange};

// A value that is made of a text would be checked again for each response.
static JSON: HeaderValue = HeaderValue::from_static("application/json");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The value of the header that announces these extensions. The empty set has none.
fn value_of(features: Features) -> Option<HeaderValue> {
    static VALUES: LazyLock<[Option<HeaderValue>; SETS]> = LazyLock::new(|| {
        from_fn(|set| {
            let features = Features::of_bits(u8::try_from(set).unwrap_or_default());
            features.header().map(HeaderValue::from_static)
        })
    });
    VALUES.get(usize::from(features.bits()))?.clone()
}

/// A response with a JSON body. Caches must not store it.
pub(super) fn success(success: Success, exchange: Exchange<'_>, features: Features) -> HttpResponse {
    let mut response = start(success.status, exchange, features);
    if let Some(version) = success.version {
        response.insert_header((ETAG, entity_tag::of_version(version)));
    }
    if success.is_replayed {
        response.insert_header((&REPLAYED, HeaderValue::from_static("true")));
    }
    response.body(success.body)
}

/// The response to a refused request. Errors of this service are logged with the id of the request.
pub(crate) fn failure(
    failure: &Failure,
    exchange: Exchange<'_>,
    features: Features,
    allow: &str,
) -> HttpResponse {
    refusal(failure, None, exchange, features, allow)
}

/// The response to a refused batch.
pub(super) fn batch_failure(
    failure: &BatchFailure,
    exchange: Exchange<'_>,
    features: Features,
) -> HttpResponse {
    let BatchFailure { operation, failure } = failure;
    refusal(failure, *operation, exchange, features, Method::POST.as_str())
}

fn refusal(
    failure: &Failure,
    operation: Option<usize>,
    exchange: Exchange<'_>,
    features: Features,
    allow: &str,
) -> HttpResponse {
    if let Some(source) = &failure.source {
        let request_id = exchange.request_id;
        match failure.code {
            ErrorCode::InternalError => tracing::error!(request_id, "the request failed: {source}"),
            _ => tracing::warn!(request_id, "the request can't be answered at present: {source}"),
        }
    }
    let status = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = start(status, exchange, features);
    match failure.code {
        ErrorCode::AuthenticationRequired => {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        ErrorCode::MethodNotAllowed => {
            response.insert_header((ALLOW, allow));
        }
        ErrorCode::InProgress => {
            response.insert_header((RETRY_AFTER, HeaderValue::from(failure.retry_after)));
        }
        // Callers with an idempotency key retry it.
        ErrorCode::InternalError if failure.is_final => {
            response.insert_header((RETRIED_HEADER, HeaderValue::from_static("true")));
        }
        ErrorCode::RateLimited | ErrorCode::Unavailable => {
            response.insert_header((RETRY_AFTER, HeaderValue::from(failure.retry_after)));
            if failure.is_final {
                response.insert_header((RETRIED_HEADER, HeaderValue::from_static("true")));
            }
        }
        _ => {}
    }
    response.body(response_body::failure(failure, operation, exchange))
}

fn start(status: StatusCode, exchange: Exchange<'_>, features: Features) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, JSON.clone()))
        .insert_header((CACHE_CONTROL, NO_STORE.clone()))
        .insert_header((&REQUEST_ID, exchange.request_id));
    if let Some(features) = value_of(features) {
        response.insert_header((&FEATURES, features));
    }
    response
}

/// Announces the extensions of the resource in a response that [`start`] did not begin.
pub(crate) fn announce(response: &mut HttpResponse, features: Features) {
    if let Some(features) = value_of(features) {
        let headers = response.headers_mut();
        headers.insert(FEATURES.clone(), features);
    }
}
