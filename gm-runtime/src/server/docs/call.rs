//! A request to the page or to a file of it.

use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::assets::asset;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::features::Features;
use crate::protocol::response_body::Exchange;
use crate::server::request_id::request_id;
use crate::server::routes::{Base, Route};
use crate::server::state::Server;
use crate::server::url::check_url;
use crate::server::{body, response};

/// Nothing is loaded from elsewhere, nor is the page shown in another one. Swagger UI has pictures in its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Responds with the page, or with a file of it. They are the same for every caller.
pub(in crate::server) fn handle(
    server: &Server,
    base: &Base,
    name: &str,
    request: &HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let request_id = request_id(request, Route::Docs(name));
    let exchange = Exchange {
        protocol_version: base.first_version(),
        request_id: &request_id,
    };
    let response = respond(server, name, request).unwrap_or_else(|failure| {
        response::failure(&failure, exchange, Features::NONE, Method::GET.as_str())
    });
    body::retain_unread(request, response, payload)
}

fn respond(server: &Server, name: &str, request: &HttpRequest) -> Result<HttpResponse, Failure> {
    check_url(server, request)?;
    if request.method() != Method::GET {
        return Err(ErrorCode::MethodNotAllowed.into());
    }
    let address = || server.authentication.client_address(request);
    server.rate_limits.check_address(address)?;
    let asset = asset(name).ok_or(ErrorCode::NotFound)?;
    let tag = format!("\"{}\"", asset.tag);
    let mut known = request.headers().get_all(IF_NONE_MATCH);
    let is_known = known.any(|known| known.as_bytes() == tag.as_bytes());
    let mut response = match is_known {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    // A browser checks the page itself each time.
    let caching = if name.is_empty() {
        "no-cache"
    } else {
        "public, max-age=3600"
    };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((CONTENT_TYPE, asset.media_type))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ));
    if asset.is_gzip {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(match is_known {
        true => response.finish(),
        false => response.body(asset.bytes.clone()),
    })
}
