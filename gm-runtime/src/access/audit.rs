//! The audit log: each write, and each refusal of a caller.
//!
//! Reasons: `docs/design/server.md`, "The audit log".

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Level;

use super::printable::Printable;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::manager::Description;
use crate::principal::Principal;

/// The target of the audit log.
const TARGET: &str = "gm::audit";

/// The longest texts of an entry, in characters. Longer ones are shortened.
const MAX_NAME: usize = 256;
const MAX_ID: usize = 128;
const MAX_COMMENT: usize = 1_000;

/// Whether a subscriber wants the audit log.
pub(crate) fn is_audited() -> bool {
    tracing::enabled!(target: TARGET, Level::DEBUG)
}

/// What the audit log says of a request, and whether an entry exists already.
#[derive(Default)]
pub(crate) struct Trail<'r> {
    /// `None` for a verb.
    pub(crate) request_id: Option<&'r str>,
    /// The address of the client.
    pub(crate) address: Option<IpAddr>,
    is_recorded: AtomicBool,
}

impl<'r> Trail<'r> {
    #[cfg(feature = "server")]
    pub(crate) fn new(request_id: &'r str, address: Option<IpAddr>) -> Self {
        Self {
            request_id: Some(request_id),
            address,
            is_recorded: AtomicBool::new(false),
        }
    }

    /// Notes that the write has an entry, so that its refusal gets no second one.
    pub(super) fn set_recorded(&self) {
        self.is_recorded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.is_recorded.load(Ordering::Relaxed)
    }
}

/// One entry of the audit log. All of its texts are short, and without line breaks and control characters.
pub(crate) struct AuditEntry {
    operation: &'static str,
    /// `None` for a batch as a whole.
    manager: Option<&'static str>,
    resource: Option<&'static str>,
    actor: &'static str,
    principal: Option<String>,
    address: Option<IpAddr>,
    request_id: Option<String>,
    id: Option<String>,
    /// The number of rows of a write of many rows.
    rows: Option<u64>,
    comment: Option<String>,
}

impl AuditEntry {
    /// An entry about an operation of a caller on this manager.
    pub(crate) fn of_caller(
        description: &Description,
        operation: &'static str,
        principal: Option<&Principal>,
        trail: Option<&Trail<'_>>,
    ) -> Self {
        Self {
            manager: Some(description.name()),
            resource: description.api().map(|api| api.resource()),
            ..Self::of_request(operation, principal, trail)
        }
    }

    /// An entry about an operation of a caller that is of no one manager.
    pub(crate) fn of_request(
        operation: &'static str,
        principal: Option<&Principal>,
        trail: Option<&Trail<'_>>,
    ) -> Self {
        let name = principal.and_then(Principal::name);
        Self {
            operation,
            manager: None,
            resource: None,
            actor: "caller",
            principal: name.map(|name| bounded(name, MAX_NAME)),
            address: trail.and_then(|trail| trail.address),
            request_id: trail.and_then(|trail| trail.request_id).map(str::to_owned),
            id: None,
            rows: None,
            comment: None,
        }
    }

    /// An entry about an operation of the service's own code.
    pub(super) fn of_service(description: &Description, operation: &'static str) -> Self {
        Self {
            actor: "service",
            ..Self::of_caller(description, operation, None, None)
        }
    }

    /// Sets the id of the row.
    pub(crate) fn set_id(&mut self, id: &Value) {
        self.id = match id {
            Value::Integer(id) => Some(id.to_string()),
            Value::Uuid(id) => Some(id.to_string()),
            Value::Text(id) => Some(bounded(id, MAX_ID)),
            _ => None,
        };
    }

    /// Sets the id of the row to a text of the caller.
    #[cfg(feature = "server")]
    pub(crate) fn set_id_text(&mut self, id: &str) {
        self.id = Some(bounded(id, MAX_ID));
    }

    /// Sets the number of rows that a write of many rows has written.
    pub(super) fn set_rows(&mut self, rows: u64) {
        self.rows = Some(rows);
    }

    pub(super) fn set_comment(&mut self, comment: Option<&str>) {
        self.comment = comment.map(|comment| bounded(comment, MAX_COMMENT));
    }

    /// Writes the entry into the log.
    pub(crate) fn record(&self, outcome: &str) {
        tracing::debug!(
            target: TARGET,
            outcome,
            operation = self.operation,
            manager = self.manager,
            resource = self.resource,
            id = self.id.as_deref(),
            rows = self.rows,
            actor = self.actor,
            principal = self.principal.as_deref(),
            address = self.address.map(tracing::field::display),
            request_id = self.request_id.as_deref(),
            comment = self.comment.as_deref(),
        );
    }
}

/// The outcome of an operation with this error: an error code of the wire contract, `unknown` or `failed`.
pub(super) fn outcome_of(error: &Error) -> &'static str {
    match error {
        error if error.is_not_found() => "not_found",
        error if error.is_permission_denied() => "permission_denied",
        error if error.is_conflict() => "conflict",
        error if error.is_stale() => "precondition_failed",
        error if error.is_invalid() => "validation_error",
        error if error.is_outcome_unknown() => "unknown",
        Error::FieldDenied { .. } | Error::NoPermissions { .. } => "permission_denied",
        Error::Query(
            QueryError::WriteTimeout { .. }
            | QueryError::BulkTimeout { .. }
            | QueryError::TooManyBulkRows { .. }
            | QueryError::TooManyBulkBytes { .. },
        ) => "invalid_request",
        error if error.is_retryable() => "unavailable",
        _ => "failed",
    }
}

/// The beginning of a text, with the characters escaped that could end a line of the log.
fn bounded(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", Printable(text.get(..end).unwrap_or_default())),
        None => Printable(text).to_string(),
    }
}
