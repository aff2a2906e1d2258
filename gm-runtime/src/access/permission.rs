//! Which operations a caller is allowed.

use super::{Access, Managed};
use crate::error::{Error, IdText};
use crate::field::Value;
use crate::manager::Operation;
use crate::principal::Principal;

impl Managed {
    /// Whether the caller is allowed the operation. The service's own code, which has no principal, is allowed every one.
    pub(crate) fn allows(&self, operation: Operation, principal: Option<&Principal>) -> bool {
        self.access(operation, principal) != Access::Never
    }

    /// The rows for which the caller is allowed the operation. For an update these are the rows as they are stored.
    pub(crate) fn access(&self, operation: Operation, principal: Option<&Principal>) -> Access {
        let rule = self.description.permissions().rule(operation);
        principal.map_or(Access::Always, |principal| {
            rule.access(principal, self.description)
        })
    }

    /// Refuses a caller who may not be notified of changes.
    pub(crate) fn require_events(&self, principal: Option<&Principal>) -> Result<(), Error> {
        self.require(Operation::Detail, principal)
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
            Err(Error::PermissionDenied {
                manager: self.description.name(),
                operation,
            })
        }
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

    pub(super) fn not_found(&self, id: &Value) -> Error {
        Error::NotFound {
            manager: self.description.name(),
            id: IdText::of(id),
        }
    }
}
