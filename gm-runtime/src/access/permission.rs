//! Which operations a caller is allowed.

use std::sync::Arc;

use super::refusal_log::last_refusal;
use super::{Access, Caller, Managed};
use crate::condition::ConditionTree;
use crate::error::{Error, IdText};
use crate::field::Value;
use crate::interface::{Guard, Read, Representation, Target, leaves_no_row_to_judge};
use crate::manager::{Operation, Record};
use crate::principal::Principal;

impl Managed {
    /// Whether the caller is allowed the operation. The service's own code, which has no principal, is allowed every one.
    pub(crate) fn allows(&self, operation: Operation, principal: Option<&Principal>) -> bool {
        self.access(operation, principal) != Access::Never
            && (operation != Operation::Update || self.access_after_update(principal) != Access::Never)
    }

    /// The rows for which the caller is allowed the operation. For an update these are the rows as they are stored.
    pub(crate) fn access(&self, operation: Operation, principal: Option<&Principal>) -> Access {
        let rule = self.description.permissions().rule(operation);
        principal.map_or(Access::Always, |principal| {
            rule.access(principal, self.description)
        })
    }

    /// The rows as which the caller may leave a row after an update.
    pub(super) fn access_after_update(&self, principal: Option<&Principal>) -> Access {
        let rule = self.description.permissions().rule_after_update();
        principal.map_or(Access::Always, |principal| {
            rule.access(principal, self.description)
        })
    }

    /// Whether this operation of a caller is judged by the row.
    pub(super) fn judges_row(&self, operation: Operation) -> bool {
        let permissions = self.description.permissions();
        self.description.has_row_rule()
            || permissions.rule(operation).depends_on_row()
            || (operation == Operation::Update && permissions.rule_after_update().depends_on_row())
    }

    /// Refuses a caller who may not be notified of changes.
    pub(crate) fn require_events(&self, principal: Option<&Principal>) -> Result<(), Error> {
        self.require(Operation::Detail, principal)
    }

    /// Refuses a caller whose events are judged one by one, to whom the events of another service can't be given as they are.
    #[cfg(feature = "client")]
    pub(crate) fn require_every_event(&self, principal: Option<&Principal>) -> Result<(), Error> {
        self.require_events(principal)?;
        match principal.is_some() && self.description.judges_changes() {
            true => Err(self.denied(Operation::Detail)),
            false => Ok(()),
        }
    }

    /// Refuses a caller who may not publish that any row may have changed. A caller who may read rows and write some may.
    pub(crate) fn require_refresh(&self, principal: Option<&Principal>) -> Result<(), Error> {
        if principal.is_none() {
            return Ok(());
        }
        self.require_events(principal)?;
        let writes = [Operation::Create, Operation::Delete];
        if writes
            .into_iter()
            .any(|operation| self.allows(operation, principal))
        {
            return Ok(());
        }
        self.require(Operation::Update, principal)
    }

    /// Refuses every caller of a manager without rules.
    pub(super) fn require_rules(&self, principal: Option<&Principal>) -> Result<(), Error> {
        if principal.is_some() && !self.description.has_permissions() && self.description.api().is_none() {
            let manager = self.description.name();
            return Err(Error::NoPermissions { manager });
        }
        Ok(())
    }

    /// Refuses a caller who is not allowed the operation.
    pub(super) fn require(&self, operation: Operation, principal: Option<&Principal>) -> Result<(), Error> {
        self.require_rules(principal)?;
        if self.allows(operation, principal) {
            Ok(())
        } else {
            Err(self.denied(operation))
        }
    }

    pub(super) fn denied(&self, operation: Operation) -> Error {
        Error::PermissionDenied {
            manager: self.description.name(),
            operation,
        }
    }

    /// The guard of a caller's write. `None` if no rule depends on the row.
    ///
    /// # Errors
    /// The refusal of a caller whose rules allow no row.
    pub(super) fn guard(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
    ) -> Result<Option<Box<Guard>>, Error> {
        let principal = Some(caller.principal);
        self.require_rules(principal)?;
        let stored = self.access(operation, principal);
        let (before, after) = match operation {
            Operation::Create => (Access::Always, stored),
            Operation::Update => (stored, self.access_after_update(principal)),
            _ => (stored, Access::Always),
        };
        if before == Access::Never || after == Access::Never {
            return Err(self.denied(operation));
        }
        let sight = caller
            .rows
            .condition()
            .filter(|_| self.description.has_row_rule());
        let (before, after) = (before.condition(), after.condition());
        if sight.is_none() && before.is_none() && after.is_none() {
            return Ok(None);
        }
        Ok(Some(Box::new(Guard {
            description: self.description,
            operation,
            sight,
            before,
            after,
            refusal: last_refusal(),
        })))
    }

    /// The error of an operation on a row that is refused with `error`: a row that does not exist comes first, as the
    /// contract wants it.
    pub(super) async fn refusal<E: From<Error>>(&self, id: &Value, error: E, permitted_caller: bool) -> E {
        match self.interface.is_missing(id, permitted_caller).await {
            Ok(true) => self.not_found(id).into(),
            Ok(false) => error,
            Err(failure) => failure.into(),
        }
    }

    /// Like [`refusal`](Self::refusal), for a caller whose write is judged by the row: a row out of sight does not exist, and a
    /// row that the caller may not write is denied, before anything else is wrong with the write.
    pub(super) async fn judged_refusal<E: From<Error>>(
        &self,
        id: &Value,
        error: E,
        guard: &Guard,
        caller: &Caller<'_>,
    ) -> E {
        let row = match self.row_in_sight(id, guard).await {
            Ok(row) => row,
            Err(failure) => return failure.into(),
        };
        let refused = match row {
            None => self.not_found(id),
            Some(row) => match guard.judge_stored(&row) {
                Ok(()) => return error,
                Err(denied) => denied,
            },
        };
        self.log_refused_write(guard.operation, caller, guard.refusal.as_deref(), &[]);
        refused.into()
    }

    /// The row of this id as it is now, if the caller of a write may read it.
    pub(super) async fn row_in_sight(&self, id: &Value, guard: &Guard) -> Result<Option<Record>, Error> {
        let row = self.stored_row_if(id, guard.sight.as_ref()).await?;
        Ok(row.filter(|row| guard.sees(row)))
    }

    /// The row of this id as it is now, whether a caller may read it or not.
    pub(super) async fn stored_row(&self, id: &Value) -> Result<Option<Record>, Error> {
        self.stored_row_if(id, None).await
    }

    /// The row of this id as it is now. Storage that applies conditions gives only one that meets the condition. So it does not decode a
    /// hidden row, whose error would tell of it.
    pub(super) async fn stored_row_if(
        &self,
        id: &Value,
        condition: Option<&Arc<ConditionTree>>,
    ) -> Result<Option<Record>, Error> {
        let read = self.interface.read(Read {
            target: Target::Row {
                id,
                condition: condition.cloned().filter(|_| self.interface.applies_conditions()),
            },
            representation: Representation::Records,
            fresh: true,
        });
        match read.await {
            Ok(row) => row.record(),
            Err(error) if condition.is_some() && leaves_no_row_to_judge(&error) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn not_found(&self, id: &Value) -> Error {
        Error::NotFound {
            manager: self.description.name(),
            id: IdText::of(id),
        }
    }
}
