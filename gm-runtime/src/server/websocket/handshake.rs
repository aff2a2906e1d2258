//! The handshake of a websocket.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev;
use actix_web::http::Method;
use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::web::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::attachment::Attachment;
use super::connection_limit::{NoSlot, Slot};
use super::hub::{Hub, Sight};
use super::slot_holder::SlotHolder;
use super::socket::{self, Socket};
use crate::access::Principal;
use crate::protocol::close_code;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::features::Features;
use crate::protocol::names::EVENTS_SUBPROTOCOL;
use crate::protocol::response_body::Exchange;
use crate::server::routes::Resource;
use crate::server::state::Server;
use crate::server::url::{check_url, parameter};
use crate::server::{audit, body, response};

/// The seconds after which a caller may try again that has too many websockets. They seldom end sooner.
const RETRY_AFTER_SECONDS: u32 = 30;

/// Answers a request to a websocket route.
///
/// The subscriber is attached to its hub before the protocol is switched. So it receives every change that is committed
/// after it received the 101 (R-events-1).
pub(crate) async fn handshake(
    server: &Server,
    resource: Option<&Resource>,
    request: &HttpRequest,
    payload: Payload,
    request_id: &str,
) -> HttpResponse {
    let exchange = Exchange {
        protocol_version: resource.map_or("v1", |resource| resource.api.protocol_version()),
        request_id,
    };
    let accepted = accept(server, resource, request, request_id).await;
    let features = resource.map_or(Features::NONE, Resource::features);
    let accepted = accepted.map(|(mut switch, caller)| {
        response::announce(&mut switch, features);
        (switch, caller)
    });
    match accepted {
        Ok((switch, Caller::Subscriber(attachment, slot))) => {
            let frames = Socket::new(attachment, payload, slot).boxed();
            switch.map_body(|_, _: BoxBody| frames)
        }
        Ok((switch, Caller::Refused(code))) => switch.map_body(|_, _: BoxBody| socket::closing(code).boxed()),
        Err(failure) => {
            let response = response::failure(&failure, exchange, features, "GET");
            body::retain_unread(request, response, payload)
        }
    }
}

/// The caller of a handshake that succeeds.
enum Caller {
    Subscriber(Attachment, Slot),
    /// The socket is closed with this code as soon as it is open.
    Refused(u16),
}

/// The 101 response to a handshake, and its caller.
async fn accept(
    server: &Server,
    resource: Option<&Resource>,
    request: &HttpRequest,
    request_id: &str,
) -> Result<(HttpResponse, Caller), Failure> {
    check_url(server, request)?;
    if request.method() != Method::GET {
        return Err(ErrorCode::MethodNotAllowed.into());
    }
    let mut switch = match switch(request) {
        Some(switch) => switch,
        None if resource.is_none() => return Err(ErrorCode::NotFound.into()),
        None => return Err(Failure::invalid("expected a websocket handshake of version 13")),
    };
    // The bytes after the head are frames.
    if body::is_declared(request.headers()) {
        return Err(Failure::invalid("expected a websocket handshake without a body"));
    }
    let address = || server.authentication.client_address(request);
    let refused = |principal: Option<&Principal>, code| {
        audit::refused_handshake(server, resource, request, request_id, principal, code);
    };
    let limited = server.rate_limits.check_address(address);
    limited.inspect_err(|failure| refused(None, failure.code))?;
    let revocations = server.authentication.revocations();
    let (hub, principal, sight) = match authorise(server, resource, request, request_id).await? {
        Ok(accepted) => accepted,
        Err(code) => return Ok((switch, Caller::Refused(code))),
    };
    let slot = slot(server, request, &principal).inspect_err(|failure| {
        if failure.code == ErrorCode::RateLimited {
            refused(Some(&principal), failure.code);
        }
    })?;
    let attachment = match Attachment::new(hub, principal, sight) {
        Ok(attachment) => attachment,
        Err(code @ close_code::UNAUTHORIZED) => return Ok((switch, Caller::Refused(code))),
        Err(_) => return Err(ErrorCode::Unavailable.into()),
    };
    // A revocation that came before the attachment has not closed this socket.
    if revocations != server.authentication.revocations() {
        return Ok((switch, Caller::Refused(close_code::CREDENTIAL_ENDED)));
    }
    if !attachment.is_guaranteed() {
        switch.headers_mut().remove(SEC_WEBSOCKET_PROTOCOL);
    }
    Ok((switch, Caller::Subscriber(attachment, slot)))
}

/// The 101 response with the chosen subprotocol. `None` if the request is no handshake.
///
/// Only the handshake of actix-ws is used. Reasons: `docs/design/server.md`, "A websocket is the body of a response".
fn switch(request: &HttpRequest) -> Option<HttpResponse> {
    let no_payload = Payload::from_request(request, &mut dev::Payload::None)
        .into_inner()
        .ok()?;
    let (switch, _, _) = actix_ws::handle_with_protocols(request, no_payload, &[EVENTS_SUBPROTOCOL]).ok()?;
    Some(switch)
}

/// The hub of the resource, the caller, and the rows in its sight, if the caller may subscribe.
///
/// The inner error is the code with which the socket is closed.
///
/// # Errors
/// If the caller is not known, since an authenticator panics or takes too long, and if it is over a rate limit.
async fn authorise<'a>(
    server: &Server,
    resource: Option<&'a Resource>,
    request: &HttpRequest,
    request_id: &str,
) -> Result<Result<(&'a Arc<Hub>, Principal, Sight), u16>, Failure> {
    let Some((resource, hub)) = resource.and_then(|resource| Some((resource, resource.hub.as_ref()?))) else {
        return Ok(Err(close_code::UNKNOWN_RESOURCE));
    };
    let version = parameter(request.query_string(), "version");
    if version.is_some_and(|version| version != resource.api.protocol_version()) {
        return Ok(Err(close_code::WRONG_VERSION));
    }
    let refused = |principal: Option<&Principal>, code| {
        audit::refused_handshake(server, Some(resource), request, request_id, principal, code);
    };
    let principal = match server.authentication.subscriber(request, request_id).await {
        Ok(principal) => principal,
        Err(code @ ErrorCode::AuthenticationRequired) => {
            refused(None, code);
            return Ok(Err(close_code::UNAUTHORIZED));
        }
        Err(unknown) => return Err(unknown.into()),
    };
    let address = || server.authentication.client_address(request);
    let limited = server.rate_limits.check_subscription(&principal, address);
    limited.inspect_err(|failure| refused(Some(&principal), failure.code))?;
    let sight = hub.sight(&principal);
    Ok(if sight.is_any() {
        Ok((hub, principal, sight))
    } else {
        refused(Some(&principal), ErrorCode::PermissionDenied);
        Err(close_code::UNAUTHORIZED)
    })
}

/// A connection slot for this caller.
fn slot(server: &Server, request: &HttpRequest, principal: &Principal) -> Result<Slot, Failure> {
    let address = server.authentication.client_address(request);
    let slot = server.connections.acquire(SlotHolder::of(principal, address));
    slot.map_err(|refusal| match refusal {
        NoSlot::Full => ErrorCode::Unavailable.into(),
        NoSlot::HolderFull => Failure::rate_limited(RETRY_AFTER_SECONDS),
    })
}
