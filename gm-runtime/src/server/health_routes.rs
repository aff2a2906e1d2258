//! The routes of liveness and readiness.

use actix_web::http::header::{ALLOW, CACHE_CONTROL};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use serde_json::{Value, json};

use crate::health::Health;

/// A question that a route answers.
#[derive(Clone, Copy)]
enum Probe {
    Live,
    Ready,
}

/// Adds `<path>/live` and `<path>/ready`.
pub(crate) fn configure_health(
    config: &mut ServiceConfig,
    path: &str,
    health: impl Fn() -> Health + Clone + 'static,
) {
    let path = path.trim_matches('/');
    let prefix = match path {
        "" => String::new(),
        path => format!("/{path}"),
    };
    for (name, probe) in [("live", Probe::Live), ("ready", Probe::Ready)] {
        let exact = format!("{prefix}/{name}");
        let health = health.clone();
        // The path is compared as a text, since a scope would read `{..}` as a pattern.
        let is_route = guard::fn_guard(move |context| context.head().uri.path() == exact);
        let scope = web::scope("").guard(is_route);
        config.service(scope.default_service(web::to(move |request: HttpRequest| {
            let response = respond(request.method(), probe, &health);
            async move { response }
        })));
    }
}

fn respond(method: &Method, probe: Probe, health: impl Fn() -> Health) -> HttpResponse {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed()
            .insert_header((ALLOW, "GET, HEAD"))
            .finish();
    }
    let health = health();
    let (is_well, body) = match probe {
        Probe::Live => (health.is_live(), live(&health)),
        Probe::Ready => (health.is_ready(), ready(&health)),
    };
    let status = match is_well {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}

fn live(health: &Health) -> Value {
    json!({ "live": health.is_live(), "loops": health.loops })
}

/// Without the names of managers, since anyone may call the route.
fn ready(health: &Health) -> Value {
    json!({ "ready": health.is_ready(), "not_ready": health.not_ready, "database": health.database })
}
