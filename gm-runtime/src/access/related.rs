//! The managers that lookups look through, and what an answer depends on there.
//!
//! Reasons: `docs/design/access.md`, "Lookups through references".

use std::sync::Arc;

use super::{Access, Managed};
use crate::condition::Lookup;
use crate::error::Error;
use crate::manager::{FieldSet, Operation, ReferenceDescription};
use crate::principal::Principal;
use crate::query::Select;

impl Managed {
    pub(super) fn related(&self, reference: &ReferenceDescription) -> Result<Arc<Self>, Error> {
        self.manager(reference.type_id(), reference.description())
    }

    /// The manager behind the reference of a lookup.
    pub(super) fn behind(&self, lookup: &Lookup) -> Result<Arc<Self>, Error> {
        match self.description.field(lookup.field).reference() {
            Some(reference) => self.related(reference),
            None => Err(self.description.invalid(
                lookup.field,
                crate::field::ValueError::new("the field has no reference"),
            )),
        }
    }

    /// The managers that the lookups of a query look through. One that the handle does not have is left out.
    pub(crate) fn looked_through(&self, select: &Select) -> Vec<Arc<Self>> {
        let mut managers = Vec::new();
        for lookup in select.filters.iter().chain(&select.excludes) {
            self.collect_behind(lookup, &mut managers);
        }
        managers
    }

    fn collect_behind(&self, lookup: &Lookup, managers: &mut Vec<Arc<Self>>) {
        if let Some(inner) = lookup.related()
            && let Ok(other) = self.behind(lookup)
        {
            other.collect_behind(inner, managers);
            managers.push(other);
        }
    }

    /// The fields of the row behind a reference that exist for the caller. `None` if the caller may read no row there.
    #[cfg(feature = "server")]
    pub(crate) fn readable_through(
        &self,
        reference: &ReferenceDescription,
        principal: &Principal,
    ) -> Option<FieldSet> {
        let other = self.related(reference).ok()?;
        other.require_rules(Some(principal)).ok()?;
        let may_read = other.access(Operation::Filter, Some(principal)) != Access::Never;
        may_read.then(|| other.readable_fields(principal))
    }

    /// The select with its key, if a cached answer to it would be valid. `None` if ids must be read first.
    pub(super) fn cacheable_through(&self, select: &Select, principal: Option<&Principal>) -> Option<Select> {
        let mut lookups = select.filters.iter().chain(&select.excludes);
        let is_forwarded =
            lookups.all(|lookup| lookup.related().is_none() || self.forwards(lookup, principal));
        if !is_forwarded {
            return None;
        }
        let related_epochs = self.epochs_behind(select)?;
        Some(Select {
            related_epochs,
            ..select.clone()
        })
    }

    /// The changes so far of the managers behind the lookups. `None` if not each of their changes is known.
    pub(super) fn epochs_behind(&self, select: &Select) -> Option<Vec<u64>> {
        let managers = self.looked_through(select);
        managers
            .iter()
            .map(|other| other.cache().and_then(|cache| cache.reliable_epoch()))
            .collect()
    }

    /// Whether the owner of the rows evaluates the lookup: the rows behind the reference are the same owner's, and the caller may read
    /// all of them here.
    pub(super) fn forwards(&self, lookup: &Lookup, principal: Option<&Principal>) -> bool {
        let Some(inner) = lookup.related() else {
            return true;
        };
        let (Ok(other), Some(own)) = (self.behind(lookup), self.description.remote()) else {
            return false;
        };
        let is_same_owner = other
            .description
            .remote()
            .is_some_and(|remote| remote.has_owner_of(own));
        let reads_all = principal.is_none_or(|principal| other.caller(principal, None).reads_everything());
        self.interface.sends_requests() && is_same_owner && reads_all && other.forwards(inner, principal)
    }
}
