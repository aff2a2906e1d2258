//! A request to a REST route, with what its handling needs.

use std::cell::OnceCell;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Payload};

use super::body;
use super::header_names::PROTOCOL_VERSION;
use super::routes::{Base, Resource, Route};
use super::state::Server;
use crate::access::{Caller, Principal, Trail};
use crate::json::Members;
use crate::manager::Operation;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::json_body;
use crate::protocol::response_body::Exchange;
use crate::protocol::write_body::{self, WriteBody, WriteKind};

/// A request to a REST route of a resource.
pub(super) struct Call<'a> {
    pub(super) server: &'a Server,
    pub(super) base: &'a Base,
    pub(super) resource: &'a Resource,
    pub(super) request: &'a HttpRequest,
    pub(super) exchange: Exchange<'a>,
    pub(super) trail: Trail<'a>,
    /// The caller, for the audit log. Empty without a subscriber of the log.
    pub(super) principal: OnceCell<Principal>,
    /// The hash of the schema that the caller may see, for the reply.
    pub(super) schema_hash: OnceCell<HeaderValue>,
}

/// A success, or the failure.
pub(super) type Outcome = Result<Success, Failure>;

/// A response with a status of success.
pub(super) struct Success {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// The version of the row, for `ETag`.
    pub(super) version: Option<i64>,
    /// Whether this is the answer of an earlier request with the same idempotency key. It may be a refusal then.
    pub(super) is_replayed: bool,
}

impl Call<'_> {
    /// The operation of the method on this route.
    pub(super) fn operation(&self, route: Route<'_>) -> Result<Operation, Failure> {
        let sent: &Method = self.request.method();
        self.resource
            .methods(route)
            .find(|(method, _)| sent == *method)
            .map(|(_, operation)| operation)
            .ok_or_else(|| ErrorCode::MethodNotAllowed.into())
    }

    pub(super) fn check_version(&self) -> Result<(), Failure> {
        check_version(self.request, self.exchange.protocol_version)
    }

    pub(super) async fn body(&self, payload: &mut Payload) -> Result<Bytes, Failure> {
        body::read(self.request, payload, &self.server.settings).await
    }

    pub(super) fn object<'b>(&self, body: &'b Bytes) -> Result<Members<'b>, Failure> {
        json_body::object(body, self.server.settings.json_depth)
    }

    pub(super) fn write_body<'b>(
        &self,
        body: &'b Bytes,
        kind: WriteKind,
        caller: &Caller<'_>,
    ) -> Result<WriteBody<'b>, Failure> {
        write_body::read(
            self.object(body)?,
            self.resource.description,
            &caller.fields,
            kind,
        )
    }
}

/// Checks the protocol version of a request. One without the header is accepted. Another version, and the header twice, are
/// refused.
pub(super) fn check_version(request: &HttpRequest, expected: &str) -> Result<(), Failure> {
    let mut sent = request.headers().get_all(&PROTOCOL_VERSION);
    match (sent.next(), sent.next()) {
        (None, _) => Ok(()),
        (Some(version), None) if version.as_bytes().trim_ascii() == expected.as_bytes() => Ok(()),
        _ => Err(Failure::invalid("the protocol version is not this resource's")),
    }
}
