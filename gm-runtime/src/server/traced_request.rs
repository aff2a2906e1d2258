//! The span of a request.

use actix_web::HttpRequest;
use actix_web::http::{Method, StatusCode};
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::header_names::TRACEPARENT;
use super::routes::{Base, Resolved};
use crate::trace::{TraceContext, Traced};

/// Every method that HTTP does not define.
const OTHER: &str = "_OTHER";

/// Begins the span of a request, in the trace that its caller names.
pub(super) fn begin(request: &HttpRequest, base: &Base, resolved: &Resolved<'_>) -> Traced {
    let mut sent = request.headers().get_all(&TRACEPARENT);
    // Two of them are ambiguous, and are ignored as an invalid one is.
    let parent = match (sent.next(), sent.next()) {
        (Some(one), None) => one.to_str().ok().and_then(TraceContext::parse),
        _ => None,
    };
    let method = method_name(request.method());
    // As OpenTelemetry's conventions name the span of a method that is not known.
    let verb = if method == OTHER { "HTTP" } else { method };
    let span = info_span!(
        target: "gm::trace",
        "request",
        otel.name = format!("{verb} {}", base.template(resolved)),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.response.status_code = Empty,
        http.route = base.template(resolved),
        url.scheme = if request.app_config().secure() { "https" } else { "http" },
    );
    Traced::caused_by(span, parent)
}

/// The method, unless its caller has invented it: callers must not make the names of spans.
fn method_name(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::POST
        | Method::PATCH
        | Method::DELETE
        | Method::PUT
        | Method::HEAD
        | Method::OPTIONS
        | Method::TRACE
        | Method::CONNECT => method.as_str(),
        _ => OTHER,
    }
}

/// Adds the status of the response to the span.
pub(super) fn end(span: &Span, status: StatusCode) {
    if span.is_disabled() {
        return;
    }
    // OpenTelemetry has signed integers only.
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
