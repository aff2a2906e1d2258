//! The audit log of the server: requests that are refused.

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;

use super::call::Call;
use super::routes::{Resource, Route};
use super::state::Server;
use crate::access::{AuditEntry, Caller, Principal, Trail, is_audited};
use crate::field::Value;
use crate::manager::Operation;
use crate::protocol::error_code::ErrorCode;

/// What the audit log says of a request. Without a subscriber of the log it has no address.
pub(super) fn trail<'r>(server: &Server, request: &HttpRequest, request_id: &'r str) -> Trail<'r> {
    let address = is_audited().then(|| server.authentication.client_address(request));
    Trail::new(request_id, address.flatten())
}

impl Call<'_> {
    /// Notes the principal, for an entry in the audit log.
    pub(super) fn note_principal(&self, principal: &Principal) {
        if is_audited() {
            // Set once for each request.
            let _ = self.principal.set(principal.clone());
        }
    }

    /// Records a write that is not carried out, since its answer is stored.
    pub(super) fn audit_replay(&self, operation: Operation, id: Option<&Value>, caller: &Caller<'_>) {
        if is_audited() {
            let description = self.resource.description;
            let principal = Some(caller.principal);
            let mut entry =
                AuditEntry::of_caller(description, operation.name(), principal, Some(&self.trail));
            if let Some(id) = id {
                entry.set_id(id);
            }
            entry.record("replayed");
        }
    }

    /// Records the refusal of this request. A write that began has an entry already.
    pub(super) fn audit_refusal(&self, route: Route<'_>, code: ErrorCode) {
        if self.trail.is_recorded() || !is_audited() {
            return;
        }
        let Ok(operation) = self.operation(route) else {
            return;
        };
        let is_read = matches!(operation, Operation::Filter | Operation::Detail);
        let is_refusal = match code {
            ErrorCode::AuthenticationRequired | ErrorCode::PermissionDenied | ErrorCode::RateLimited => true,
            // The row may be out of sight.
            ErrorCode::NotFound => !is_read || self.resource.description.has_row_rule(),
            _ => !is_read,
        };
        if !is_refusal {
            return;
        }
        let principal = self.principal.get();
        let description = self.resource.description;
        let mut entry = AuditEntry::of_caller(description, operation.name(), principal, Some(&self.trail));
        if let Route::Item(id) = route {
            entry.set_id_text(&percent_decode_str(id).decode_utf8_lossy());
        }
        entry.record(code.name());
    }
}

/// Records the refusal of a handshake.
pub(super) fn refused_handshake(
    server: &Server,
    resource: Option<&Resource>,
    request: &HttpRequest,
    request_id: &str,
    principal: Option<&Principal>,
    code: ErrorCode,
) {
    let Some(resource) = resource.filter(|_| is_audited()) else {
        return;
    };
    let trail = trail(server, request, request_id);
    AuditEntry::of_caller(resource.description, "subscribe", principal, Some(&trail)).record(code.name());
}

/// Records the refusal of a request for the schema.
pub(super) fn refused_schema(principal: Option<&Principal>, trail: &Trail<'_>, code: ErrorCode) {
    let is_refusal = matches!(code, ErrorCode::AuthenticationRequired | ErrorCode::RateLimited);
    if is_audited() && is_refusal {
        AuditEntry::of_request("schema", principal, Some(trail)).record(code.name());
    }
}

/// Records a batch that is not carried out, since its answer is stored.
pub(super) fn replayed_batch(principal: Option<&Principal>, trail: &Trail<'_>) {
    if is_audited() {
        AuditEntry::of_request("batch", principal, Some(trail)).record("replayed");
    }
}

/// Records the refusal of a batch, unless one of its operations has an entry.
pub(super) fn refused_batch(principal: Option<&Principal>, trail: &Trail<'_>, code: ErrorCode) {
    if is_audited() && code != ErrorCode::MethodNotAllowed {
        AuditEntry::of_request("batch", principal, Some(trail)).record(code.name());
    }
}
