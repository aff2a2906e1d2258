//! Lookups through references.
//!
//! Reasons: `docs/design/access.md`, "Lookups through references".

use std::sync::Arc;

use super::{Access, Caller, Managed};
use crate::condition::{Lookup, Operand, Operator, RelatedLookup};
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::interface::{BoxFuture, Representation};
use crate::manager::{FieldSet, Operation, ReferenceDescription};
use crate::principal::Principal;
use crate::query::{RecordPage, Select};

impl Managed {
    pub(super) fn related(&self, reference: &ReferenceDescription) -> Result<Arc<Self>, Error> {
        self.manager(reference.type_id(), reference.description())
    }

    /// The manager behind the reference of a lookup.
    fn behind(&self, lookup: &Lookup) -> Result<Arc<Self>, Error> {
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

    /// Prepares the lookups through references for the storage: those that it does not evaluate become lists of ids. `fresh` is set
    /// if no cached answer will do.
    ///
    /// # Errors
    /// [`QueryError::TooManyRelated`], a field or a manager that the caller may not read, and errors of the reads of ids.
    pub(super) async fn look_through(
        &self,
        select: &mut Select,
        fresh: &mut bool,
        principal: Option<&Principal>,
    ) -> Result<(), Error> {
        if !select.looks_through() {
            return Ok(());
        }
        let (filters, mut context) = (Select::new(), Select::new());
        context.excludes.clone_from(&select.excludes);
        context.condition = principal.and_then(|principal| {
            let rows = self.access(Operation::Filter, Some(principal));
            rows.condition()
        });
        for (lookups, context) in [(&mut select.filters, &filters), (&mut select.excludes, &context)] {
            for lookup in lookups.iter_mut() {
                self.prepare(lookup, context, *fresh, principal).await?;
            }
            intersect_ids(lookups);
        }
        select.canonicalize();
        if select.looks_through() && self.interface.sends_requests() {
            match self.epochs_behind(select) {
                Some(epochs) => select.related_epochs = epochs,
                None => *fresh = true,
            }
        }
        Ok(())
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
    fn epochs_behind(&self, select: &Select) -> Option<Vec<u64>> {
        let managers = self.looked_through(select);
        managers
            .iter()
            .map(|other| other.cache().and_then(|cache| cache.reliable_epoch()))
            .collect()
    }

    /// Whether the owner of the rows evaluates the lookup: the rows behind the reference are the same owner's, and the caller may read
    /// all of them here.
    fn forwards(&self, lookup: &Lookup, principal: Option<&Principal>) -> bool {
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

    /// Whether the excludes of a query are evaluated in memory. An exclude is one conjunction, which can't be evaluated in two places.
    fn excludes_in_memory(&self, context: &Select) -> bool {
        context.condition.is_some() && !self.interface.applies_conditions() && context.has_excluded_patterns()
    }

    fn prepare<'a>(
        &'a self,
        lookup: &'a mut Lookup,
        context: &'a Select,
        fresh: bool,
        principal: Option<&'a Principal>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let Some(inner) = lookup.related().cloned() else {
                return Ok(());
            };
            let other = self.behind(lookup)?;
            let caller = principal.map(|principal| other.caller(principal, None));
            if let Some(caller) = &caller {
                other.permit_lookup(caller, &inner)?;
            }
            if self.forwards(lookup, principal) && !self.excludes_in_memory(context) {
                return other.permit_behind(&inner, principal);
            }
            let mut rows = Select::new();
            rows.filters.push(inner);
            let mut fresh = fresh;
            other.look_through(&mut rows, &mut fresh, principal).await?;
            let condition = caller.as_ref().and_then(|caller| caller.rows.condition());
            rows.condition.clone_from(&condition);
            if self.interface.joins(&*other.interface, &rows, context) {
                if let Some(inner) = rows.filters.pop() {
                    let sight = condition;
                    lookup.operand = Operand::Related(Box::new(RelatedLookup { lookup: inner, sight }));
                }
                return Ok(());
            }
            rows.condition = None;
            let ids = other.ids(rows, fresh, caller.as_ref()).await?;
            let limit = self.limits.related_ids.0;
            let Some(ids) = ids.filter(|ids| ids.len() as u64 <= limit) else {
                let reference = self.description.field(lookup.field).reference();
                return Err(QueryError::TooManyRelated {
                    manager: self.description.name(),
                    reference: reference.map_or("?", ReferenceDescription::name),
                    limit,
                }
                .into());
            };
            lookup.operator = Operator::In;
            lookup.operand = Operand::List(ids);
            Ok(())
        })
    }

    /// Refuses a lookup on a field or on rows that the caller may not read.
    fn permit_lookup(&self, caller: &Caller<'_>, lookup: &Lookup) -> Result<(), Error> {
        self.require_rules(Some(caller.principal))?;
        if caller.rows == Access::Never {
            return Err(self.denied(Operation::Filter));
        }
        let mut select = Select::new();
        select.filters.push(lookup.clone());
        self.check_query(caller, &select)
    }

    /// Refuses a lookup that is forwarded, if the caller may not read what it looks through.
    fn permit_behind(&self, lookup: &Lookup, principal: Option<&Principal>) -> Result<(), Error> {
        let (Some(inner), Some(principal)) = (lookup.related(), principal) else {
            return Ok(());
        };
        let other = self.behind(lookup)?;
        other.permit_lookup(&other.caller(principal, None), inner)?;
        other.permit_behind(inner, Some(principal))
    }

    /// The ids of the rows that match and that the caller may read. `None` if there are too many.
    async fn ids(
        &self,
        mut rows: Select,
        fresh: bool,
        caller: Option<&Caller<'_>>,
    ) -> Result<Option<Vec<Value>>, Error> {
        let limit = self.limits.related_ids.0;
        // The owner of other rows decides how many a page may have.
        let is_remote = self.interface.sends_requests();
        if is_remote {
            (rows.first_page, rows.count) = (true, true);
        } else {
            rows.page = Some(1);
            rows.page_size = Some(limit.saturating_add(1));
        }
        let page = self.records_of(rows.clone(), fresh, caller).await?;
        let found = page.rows.len() as u64;
        let page = match page.total_count.filter(|_| is_remote) {
            Some(total) if total > limit => return Ok(None),
            Some(total) if total > found => {
                rows.first_page = false;
                self.records_of(rows, fresh, caller).await?
            }
            _ => page,
        };
        let id = usize::from(self.description.id_index());
        let ids = page.rows.iter().filter_map(|row| row.get(id).cloned());
        Ok(Some(ids.collect()))
    }

    async fn records_of(
        &self,
        mut rows: Select,
        fresh: bool,
        caller: Option<&Caller<'_>>,
    ) -> Result<RecordPage, Error> {
        let representation = Representation::Records;
        let page = match caller {
            Some(caller) => {
                let page = Box::pin(self.page_of(caller, rows, fresh, representation)).await;
                page.map_err(|error| self.conceal(error, caller, &[]))?
            }
            None => {
                self.interface.fill_page(&mut rows)?;
                self.read_page(rows, fresh, representation).await?
            }
        };
        page.records()
    }
}

/// Makes one list of ids of several lists for one field, since a request has one value for each lookup.
fn intersect_ids(lookups: &mut Vec<Lookup>) {
    let mut kept: Vec<Lookup> = Vec::with_capacity(lookups.len());
    for lookup in lookups.drain(..) {
        let same = kept
            .iter_mut()
            .find(|other| lookup.operator == Operator::In && other.compare_keys(&lookup).is_eq());
        match (same.map(|other| &mut other.operand), &lookup.operand) {
            (Some(Operand::List(ids)), Operand::List(others)) => ids.retain(|id| others.contains(id)),
            _ => kept.push(lookup),
        }
    }
    *lookups = kept;
}
