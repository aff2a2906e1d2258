//! Lookups through references: evaluated by the storage, by the owner of the rows, or from ids that are read first.
//!
//! Reasons: `docs/design/access.md`, "Lookups through references".

use super::{Access, Caller, Managed};
use crate::condition::{Lookup, Operand, Operator, RelatedLookup};
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::interface::{BoxFuture, Representation};
use crate::manager::{Operation, ReferenceDescription};
use crate::principal::Principal;
use crate::query::{RecordPage, Select};

impl Managed {
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
        let context = self.context_of_excludes(select, principal);
        self.prepare(&mut select.filters, &Select::new(), *fresh, principal)
            .await?;
        self.prepare(&mut select.excludes, &context, *fresh, principal)
            .await?;
        select.canonicalize();
        if select.looks_through() && self.interface.sends_requests() {
            match self.epochs_behind(select) {
                Some(epochs) => select.related_epochs = epochs,
                None => *fresh = true,
            }
        }
        Ok(())
    }

    /// The number of reads of other managers that the lookups of a query may need. A wrong lookup needs none, and is refused later.
    #[cfg(feature = "server")]
    pub(crate) fn reads_behind(&self, select: &Select, principal: &Principal) -> usize {
        let context = self.context_of_excludes(select, Some(principal));
        let of_filters = self.reads_of(&select.filters, &Select::new(), principal);
        of_filters.saturating_add(self.reads_of(&select.excludes, &context, principal))
    }

    #[cfg(feature = "server")]
    fn reads_of(&self, lookups: &[Lookup], context: &Select, principal: &Principal) -> usize {
        let reads = groups(lookups).map(|group| {
            let (_, mut rows) = self.split(group, context, Some(principal));
            let Some(Ok(other)) = group.first().map(|first| self.behind(first)) else {
                return 0;
            };
            let behind = other.reads_of(&rows.filters, &Select::new(), principal);
            rows.condition = other.caller(principal, None).rows.condition();
            let is_read =
                !rows.filters.is_empty() && !self.interface.joins(&*other.interface, &rows, context);
            behind.saturating_add(usize::from(is_read))
        });
        reads.fold(0, usize::saturating_add)
    }

    /// What decides where the excludes of a query are evaluated.
    fn context_of_excludes(&self, select: &Select, principal: Option<&Principal>) -> Select {
        let mut context = Select::new();
        context.excludes.clone_from(&select.excludes);
        context.condition = principal.and_then(|principal| {
            let rows = self.access(Operation::Filter, Some(principal));
            rows.condition()
        });
        context
    }

    /// Whether the excludes of a query are evaluated in memory. An exclude is one conjunction, which can't be evaluated in two places.
    fn excludes_in_memory(&self, context: &Select) -> bool {
        context.condition.is_some() && !self.interface.applies_conditions() && context.has_excluded_patterns()
    }

    /// Prepares the lookups of one conjunction.
    fn prepare<'a>(
        &'a self,
        lookups: &'a mut Vec<Lookup>,
        context: &'a Select,
        fresh: bool,
        principal: Option<&'a Principal>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut prepared = Vec::with_capacity(lookups.len());
            for group in groups(lookups) {
                if group.iter().any(|lookup| lookup.related().is_some()) {
                    prepared.extend(self.prepare_group(group, context, fresh, principal).await?);
                } else {
                    prepared.extend_from_slice(group);
                }
            }
            intersect_ids(&mut prepared);
            *lookups = prepared;
            Ok(())
        })
    }

    /// Prepares the lookups through one reference. They are one condition on the row behind it, so one read has its ids.
    async fn prepare_group(
        &self,
        group: &[Lookup],
        context: &Select,
        mut fresh: bool,
        principal: Option<&Principal>,
    ) -> Result<Vec<Lookup>, Error> {
        let Some(first) = group.first() else {
            return Ok(Vec::new());
        };
        let (field, other) = (first.field, self.behind(first)?);
        let caller = principal.map(|principal| other.caller(principal, None));
        if let Some(caller) = &caller {
            let mut inner = group.iter().filter_map(Lookup::related);
            inner.try_for_each(|inner| other.permit_lookup(caller, inner))?;
        }
        let (mut prepared, mut rows) = self.split(group, context, principal);
        for forwarded in prepared.iter().filter_map(Lookup::related) {
            other.permit_behind(forwarded, principal)?;
        }
        if rows.filters.is_empty() {
            return Ok(prepared);
        }
        other.look_through(&mut rows, &mut fresh, principal).await?;
        let sight = caller.as_ref().and_then(|caller| caller.rows.condition());
        rows.condition.clone_from(&sight);
        if self.interface.joins(&*other.interface, &rows, context) {
            prepared.extend(rows.filters.into_iter().map(|lookup| Lookup {
                field,
                operator: Operator::Related,
                operand: Operand::Related(Box::new(RelatedLookup {
                    lookup,
                    sight: sight.clone(),
                })),
            }));
            return Ok(prepared);
        }
        rows.condition = None;
        let ids = other.ids(rows, fresh, caller.as_ref()).await?;
        let limit = self.limits.related_ids.0;
        let Some(ids) = ids.filter(|ids| ids.len() as u64 <= limit) else {
            let reference = self.description.field(field).reference();
            return Err(QueryError::TooManyRelated {
                manager: self.description.name(),
                reference: reference.map_or("?", ReferenceDescription::name),
                limit,
            }
            .into());
        };
        prepared.push(Lookup {
            field,
            operator: Operator::In,
            operand: Operand::List(ids),
        });
        Ok(prepared)
    }

    /// The lookups of a group that the owner of the rows evaluates, and those on the row behind the reference that it does not.
    fn split(
        &self,
        group: &[Lookup],
        context: &Select,
        principal: Option<&Principal>,
    ) -> (Vec<Lookup>, Select) {
        let (mut forwarded, mut rows) = (Vec::new(), Select::new());
        let forwards_any = !self.excludes_in_memory(context);
        for lookup in group {
            match lookup.related() {
                Some(_) if forwards_any && self.forwards(lookup, principal) => forwarded.push(lookup.clone()),
                Some(inner) => rows.filters.push(inner.clone()),
                None => {}
            }
        }
        (forwarded, rows)
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

/// The lookups in groups: those through one reference, and each other one alone.
fn groups(lookups: &[Lookup]) -> impl Iterator<Item = &[Lookup]> {
    let goes_through = |lookup: &Lookup| lookup.related().is_some();
    lookups.chunk_by(move |one, other| one.field == other.field && goes_through(one) && goes_through(other))
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
