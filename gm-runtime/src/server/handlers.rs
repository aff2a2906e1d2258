//! Handles a request: logging, loop detection, and the order of the checks.

use std::cell::OnceCell;
use std::panic::AssertUnwindSafe;

use actix_web::http::header::VIA;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::call::{Call, Outcome};
use super::header_names::SCHEMA;
use super::request_id::request_id;
use super::routes::{Base, Resolved, Route};
use super::state::Server;
use super::url::{check_url, path_as_sent};
use super::{audit, batch, body, docs, response, schema, traced_request, websocket};
use crate::access::Principal;
use crate::features::telemetry::TimedRequest;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::item_id;
use crate::protocol::loop_detection::Refused;
use crate::protocol::response_body::Exchange;

/// Responds to a request under a base path.
pub(crate) async fn handle(
    server: &Server,
    base: &Base,
    request: HttpRequest,
    mut payload: Payload,
) -> HttpResponse {
    let Some(resolved) = base.resolve(path_as_sent(&request)) else {
        return HttpResponse::NotFound().finish();
    };
    let is_secure = request.app_config().secure();
    let timed = base
        .metrics(&resolved)
        .begin(request.method().as_str(), is_secure);
    let traced = traced_request::begin(&request, base, &resolved);
    let span = traced.span().clone();
    let ended = |response: HttpResponse| {
        traced_request::end(&span, response.status());
        TimedRequest::end(timed, response.status().as_u16());
        response
    };
    let Resolved { resource, route } = resolved;
    if route == Route::Batch {
        return ended(traced.run(batch::handle(server, base, &request, payload)).await);
    }
    if let Route::Docs(name) = route {
        return ended(docs::handle(server, base, name, &request, payload));
    }
    if matches!(route, Route::Schema | Route::OpenApi) {
        return ended(
            traced
                .run(schema::handle(server, base, route, &request, payload))
                .await,
        );
    }
    let request_id = request_id(&request, route);
    let (Some(resource), false) = (resource, route == Route::Events) else {
        let handshake = websocket::handshake(server, resource, &request, payload, &request_id);
        return ended(traced.run(handshake).await);
    };
    let exchange = Exchange {
        protocol_version: resource.api.protocol_version(),
        request_id: &request_id,
    };
    let call = Call {
        server,
        base,
        resource,
        request: &request,
        exchange,
        trail: audit::trail(server, &request, &request_id),
        principal: OnceCell::new(),
        schema_hash: OnceCell::new(),
    };
    // Code of the application may panic, such as a rule that judges a value. The caller gets a response all the same.
    let outcome = match traced.is_off() {
        true => {
            AssertUnwindSafe(call.respond(route, &mut payload))
                .catch_unwind()
                .await
        }
        // Boxed, so that a request without a trace copies no future.
        false => {
            let response = Box::pin(traced.run(call.respond(route, &mut payload)));
            AssertUnwindSafe(response).catch_unwind().await
        }
    };
    let outcome = outcome.unwrap_or_else(|_| {
        tracing::error!(request_id, "the handling of the request panicked");
        Err(ErrorCode::InternalError.into())
    });
    let features = resource.features();
    let mut response = match outcome {
        Ok(success) => response::success(success, exchange, features),
        Err(mut failure) => {
            call.audit_refusal(route, failure.code);
            failure.add_remote_details(resource.description);
            let allow: Vec<_> = resource.methods(route).map(|(method, _)| method).collect();
            response::failure(&failure, exchange, features, &allow.join(", "))
        }
    };
    if let Some(hash) = call.schema_hash.into_inner() {
        response.headers_mut().insert(SCHEMA.clone(), hash);
    }
    ended(body::retain_unread(&request, response, payload))
}

impl Call<'_> {
    async fn respond(&self, route: Route<'_>, payload: &mut Payload) -> Outcome {
        self.note_schema_hash(None);
        check_url(self.server, self.request)?;
        if let Some(pseudonym) = self.resource.managed.pseudonym() {
            let received = self.request.headers().get_all(VIA);
            let forwarded = pseudonym.forward(received.filter_map(|via| via.to_str().ok()));
            let forwarded = forwarded.map_err(|refused| match refused {
                Refused::Loop => self.loop_detected(),
                Refused::TooManyHops => Failure::invalid("the request came through too many gateways"),
            })?;
            return forwarded.scope(self.respond_in_order(route, payload)).await;
        }
        self.respond_in_order(route, payload).await
    }

    /// Notes the hash of the schema for the reply: at once if callers do not differ in what they see, or else of this caller.
    fn note_schema_hash(&self, principal: Option<&Principal>) {
        if self.schema_hash.get().is_none()
            && let Some(hash) = self.base.schema_hash(self.resource, principal)
        {
            // It was empty.
            let _ = self.schema_hash.set(hash);
        }
    }

    fn loop_detected(&self) -> Failure {
        tracing::error!(
            request_id = self.exchange.request_id,
            manager = self.resource.description.name(),
            "a request came back to the gateway that forwarded it: check the `base_url`s of the gateways"
        );
        Failure::loop_detected()
    }

    /// The contract defines the order of the checks.
    async fn respond_in_order(&self, route: Route<'_>, payload: &mut Payload) -> Outcome {
        let operation = match route {
            Route::Item(_) => {
                self.check_version()?;
                self.operation(route)?
            }
            _ => {
                let operation = self.operation(route)?;
                self.check_version()?;
                operation
            }
        };
        let Server {
            authentication,
            rate_limits,
            ..
        } = self.server;
        let address = || authentication.client_address(self.request);
        rate_limits.check_address(address)?;
        let principal = authentication
            .principal(self.request, self.exchange.request_id)
            .await?;
        self.note_principal(&principal);
        self.note_schema_hash(Some(&principal));
        rate_limits.check_principal(&principal, address)?;
        let id = match route {
            Route::Item(segment) => item_id::read(segment, self.resource.description)?,
            _ => None,
        };
        self.perform(operation, id, payload, &principal).await
    }
}
