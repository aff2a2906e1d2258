//! A request to the routes of the schema and of the OpenAPI document.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::Principal;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::features::Features;
use crate::protocol::response_body::{self, Exchange};
use crate::schema::{ResourceSchema, Schema};
use crate::server::call::{Success, check_version};
use crate::server::request_id::request_id;
use crate::server::routes::{Base, Route};
use crate::server::state::Server;
use crate::server::url::{check_url, parameter};
use crate::server::{audit, body, response};

/// Responds with the schema of the resources that the caller may see, or of the one that the URL names. The OpenAPI document is made
/// of the same schema.
pub(in crate::server) async fn handle(
    server: &Server,
    base: &Base,
    route: Route<'_>,
    request: &HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let request_id = request_id(request, route);
    let exchange = Exchange {
        protocol_version: version(base, request),
        request_id: &request_id,
    };
    let response = match respond(server, base, route, request, exchange).await {
        Ok(success) => response::success(success, exchange, Features::SCHEMA),
        Err(failure) => response::failure(&failure, exchange, Features::SCHEMA, Method::GET.as_str()),
    };
    body::retain_unread(request, response, payload)
}

/// The protocol version of the request, if a resource of the base path has it, or else that of the first one.
fn version<'a>(base: &'a Base, request: &HttpRequest) -> &'a str {
    let versions = || base.resources().map(|resource| resource.api.protocol_version());
    let sent = versions().find(|version| check_version(request, version).is_ok());
    sent.or_else(|| versions().next()).unwrap_or_default()
}

/// The checks have the order of those of the other routes.
async fn respond(
    server: &Server,
    base: &Base,
    route: Route<'_>,
    request: &HttpRequest,
    exchange: Exchange<'_>,
) -> Result<Success, Failure> {
    check_url(server, request)?;
    if request.method() != Method::GET {
        return Err(ErrorCode::MethodNotAllowed.into());
    }
    check_version(request, exchange.protocol_version)?;
    let address = || server.authentication.client_address(request);
    let trail = audit::trail(server, request, exchange.request_id);
    let refused = |principal: Option<&Principal>, code| audit::refused_schema(principal, &trail, code);
    let limited = server.rate_limits.check_address(address);
    limited.inspect_err(|failure| refused(None, failure.code))?;
    let principal = server
        .authentication
        .principal(request, exchange.request_id)
        .await;
    let principal = principal.inspect_err(|code| refused(None, *code))?;
    let limited = server.rate_limits.check_principal(&principal, address);
    limited.inspect_err(|failure| refused(Some(&principal), failure.code))?;
    let name = parameter(request.query_string(), "resource");
    // The types of the application's own fields may panic when a rule compares them. The caller gets a response all the same.
    let seen = AssertUnwindSafe(|| seen(base, name.as_deref(), &principal));
    let resources = catch_unwind(seen).map_err(|_| {
        tracing::error!(request_id = exchange.request_id, "making the schema panicked");
        Failure::from(ErrorCode::InternalError)
    })?;
    if name.is_some() && resources.is_empty() {
        return Err(ErrorCode::NotFound.into());
    }
    let body = match &server.settings.openapi {
        Some(about) if route == Route::OpenApi => {
            let document = server.openapi(&Schema { resources }, about);
            document.to_string().into_bytes()
        }
        _ => response_body::schema(&resources, exchange),
    };
    Ok(Success {
        status: StatusCode::OK,
        body,
        version: None,
        is_replayed: false,
    })
}

/// The resources that the caller may see, of all or of the one with this name.
fn seen(base: &Base, name: Option<&str>, principal: &Principal) -> Vec<ResourceSchema> {
    let resources = base.resources();
    let wanted = resources.filter(|resource| name.is_none_or(|name| name == resource.api.resource()));
    let seen = wanted.filter_map(|resource| {
        let described = base.schema(resource, principal)?;
        Some(resource.with_features(described.schema.clone()))
    });
    seen.collect()
}
