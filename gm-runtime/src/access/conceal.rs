//! The errors as a caller may see them.

use std::sync::Arc;

use serde_json::json;

use super::cascade::is_referred;
use super::{Access, Caller, Managed};
use crate::error::{Error, FieldError, RemoteError, conflict};
use crate::manager::Operation;

impl Managed {
    /// The error without what it says of fields that the caller may not read. `sent`: the fields that the caller gave values,
    /// whose errors say nothing that the caller does not know. The storage has removed what it says of hidden rows.
    pub(super) fn conceal(&self, error: Error, caller: &Caller<'_>, sent: &[u16]) -> Error {
        // The other row is out of sight, since every row is.
        if caller.rows == Access::Never && error.may_tell_of_other_rows() {
            return Error::taken(self.description.name(), None);
        }
        if caller.reads_every_field() {
            return error;
        }
        let reads_no_row = caller.rows == Access::Never;
        let hidden = |name: &str| self.hidden_field(name, caller).is_some();
        let given = |name: &str| {
            let field = self.description.field_index(name);
            field.is_some_and(|field| sent.contains(&field))
        };
        // What an error says of a field that the caller sent is of the sent value.
        let tells = |name: &str| !given(name) && (reads_no_row || hidden(name));
        match error {
            Error::Conflict { manager, field, .. } if field.is_some_and(hidden) => {
                Error::taken(manager, None)
            }
            Error::Invalid { manager, errors } => {
                let is_shown = |error: &FieldError| !error.field().is_some_and(tells);
                Error::Invalid {
                    manager,
                    errors: errors.into_iter().filter(is_shown).collect(),
                }
            }
            Error::Remote(remote) => {
                Error::Remote(without_details(remote, |name| hidden(name) || tells(name)))
            }
            error => error,
        }
    }

    /// The refusal of an operation as the caller may see it. In the conflict of a deletion, the owner of a gateway's rows names a field of a
    /// row that the gateway may see, and the caller may not.
    pub(super) fn conceal_refusal(
        &self,
        operation: Operation,
        error: Error,
        caller: &Caller<'_>,
        sent: &[u16],
    ) -> Error {
        if operation == Operation::Delete && self.cache().is_some() && error.is_conflict() {
            let errors = error.field_errors();
            let mut messages = errors.iter().map(FieldError::message);
            let tells_of_others = messages.any(|message| message.starts_with(conflict::REFERRED));
            return match tells_of_others {
                true => is_referred(self),
                false => Error::taken(self.description.name(), None),
            };
        }
        self.conceal(error, caller, sent)
    }

    /// The field that the caller may not read, if this is its name or that of a lookup on it.
    pub(super) fn hidden_field(&self, name: &str, caller: &Caller<'_>) -> Option<u16> {
        let name = name.strip_prefix('-').unwrap_or(name);
        let field = self.description.field_index(name);
        let field = field.or_else(|| self.description.field_index(name.rsplit_once("__")?.0));
        field.filter(|field| !caller.fields.contains(*field))
    }
}

/// The owner's refusal without the details of hidden fields.
fn without_details(remote: Arc<RemoteError>, hidden: impl Fn(&str) -> bool) -> Arc<RemoteError> {
    let errors = remote.field_errors();
    let (removed, shown): (Vec<_>, Vec<_>) = errors
        .iter()
        .partition(|error| error.field().is_some_and(&hidden));
    if removed.is_empty() {
        return remote;
    }
    let shown: Vec<_> = shown
        .iter()
        .map(|error| json!({"field": error.field(), "message": error.message()}))
        .collect();
    Arc::new(RemoteError {
        details: (!shown.is_empty()).then(|| json!({ "errors": shown })),
        ..RemoteError::clone(&remote)
    })
}
