//! Logs which rule refused a caller. Callers never learn it.
//!
//! An entry contains no value of a row and no claim. The names of callers are escaped.

use std::sync::Arc;

use tracing::Level;

use super::explanation::Explanation;
use super::rule_text::AttributeText;
use super::{Caller, Managed};
use crate::condition::{CallerAttribute, Rule};
use crate::interface::LastRefusal;
use crate::manager::{FieldDescription, Operation};

/// The target of these logs.
const TARGET: &str = "gm::access";

/// Whether a subscriber wants these logs.
fn is_logged() -> bool {
    tracing::enabled!(target: TARGET, Level::DEBUG)
}

/// What a guard fills if it refuses a write. `None` if refusals are not logged.
pub(super) fn last_refusal() -> Option<Arc<LastRefusal>> {
    is_logged().then(Arc::default)
}

impl Managed {
    /// Logs which rule refused the caller, or hid a row from it.
    pub(super) fn log_refusal(&self, operation: Operation, caller: &Caller<'_>) {
        if !is_logged() {
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

    /// Logs which parts of a rule refused a write, with the rows that the guard refused it with. `changed`: the fields that
    /// counted as changed.
    pub(super) fn log_refused_write(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
        refusal: Option<&LastRefusal>,
        changed: &[u16],
    ) {
        match refusal.and_then(LastRefusal::take) {
            Some(write) => {
                let decision = self.decide_refused(caller.principal, operation, &write, changed);
                let (request_id, name) = (caller.request_id(), caller.principal.name());
                tracing::debug!(
                    target: TARGET,
                    request_id,
                    caller = ?name,
                    "the caller is refused: {decision}"
                );
            }
            // The caller's rules allow no row, or the row is hidden or missing.
            None => self.log_refusal(operation, caller),
        }
    }

    /// Logs that a field does not exist for the caller of a query.
    #[cfg(feature = "server")]
    pub(crate) fn log_hidden_field(&self, name: &str, caller: &Caller<'_>) {
        if let Some(field) = self.hidden_field(name, caller).filter(|_| is_logged()) {
            self.log_refused_field(Operation::Filter, self.description.field(field), caller);
        }
    }

    /// Logs which parts of a field's rule refused the caller.
    pub(super) fn log_refused_field(
        &self,
        operation: Operation,
        field: &'static FieldDescription,
        caller: &Caller<'_>,
    ) {
        if !is_logged() {
            return;
        }
        let rule: (_, &'static Rule) = match operation {
            Operation::Create => ("create", field.create_rule()),
            Operation::Update => ("update", field.update_rule()),
            _ => ("read", field.read_rule()),
        };
        let decision: Explanation = self.decide_field(caller.principal, operation, rule);
        let (request_id, name) = (caller.request_id(), caller.principal.name());
        tracing::debug!(
            target: TARGET,
            request_id,
            caller = ?name,
            field = field.name(),
            "the caller is refused a field: {decision}"
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
