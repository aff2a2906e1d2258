//! Logs which rule refused a caller. Callers never learn it.

use tracing::Level;

use super::rule_text::AttributeText;
use super::{Caller, Managed};
use crate::condition::CallerAttribute;
use crate::manager::{FieldDescription, Operation};

/// The target of these logs.
const TARGET: &str = "gm::access";

impl Managed {
    /// Logs which rule refused the caller, or hid a row from it. The log contains no value of a row and no claim.
    pub(super) fn log_refusal(&self, operation: Operation, caller: &Caller<'_>) {
        if !tracing::enabled!(target: TARGET, Level::DEBUG) {
            return;
        }
        let decision = self.decide(caller.principal, operation, None);
        let (request_id, name) = (caller.request_id(), caller.principal.name());
        let read = self.text(self.description.permissions().rule(Operation::Detail));
        tracing::debug!(
            target: TARGET,
            request_id,
            caller = ?name,
            read,
            "the caller is refused, or the row is hidden or missing: {decision}"
        );
    }

    /// Logs that the caller lacks the attribute of a field that is filled with it.
    pub(super) fn log_missing_attribute(
        &self,
        operation: Operation,
        field: &FieldDescription,
        attribute: CallerAttribute,
        caller: &Caller<'_>,
    ) {
        let (request_id, name) = (caller.request_id(), caller.principal.name());
        tracing::debug!(
            target: TARGET,
            request_id,
            caller = ?name,
            manager = self.description.name(),
            operation = operation.name(),
            field = field.name(),
            "the caller is refused: it has no `{}` that fits the field",
            AttributeText(attribute)
        );
    }
}
