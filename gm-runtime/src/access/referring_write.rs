//! Writes of rows that refer to others, or that others refer to.
//!
//! Reasons: `docs/design/access.md`, "Foreign keys".

use std::collections::HashMap;
use std::sync::Arc;

use super::cascade_scope::changed_by_deletions;
use super::cascade_search::CascadeSearch;
use super::foreign_keys::OwnKey;
use super::stored_pages::StoredPages;
use super::write::Judged;
use super::{Access, Caller, Managed, NotCarriedOut, in_transaction, is_audited};
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::error::{Error, conflict};
use crate::field::Value;
use crate::interface::{IdempotencyKey, Write, WriteRequest, Written, judge_version, leaves_no_row_to_judge};
use crate::manager::{Operation, Record, Values};
use crate::query::Select;

/// Whether the values of fields are ids of rows, as far as that was found out for one write.
pub(super) type Known = HashMap<(u16, Value), bool>;

/// What is left of a write.
enum Remaining {
    /// The write, with its judgement.
    Alone,
    /// The deletion of the row, which is judged, behind a cascade.
    Last,
    /// There is no such row for the caller.
    Missing,
}

/// Why a write is rolled back.
enum Refused {
    NoRow,
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Managed {
    /// Carries out a write that concerns foreign keys, in a transaction if it takes more than one step of the storage.
    pub(super) async fn carry_out_referring(
        &self,
        request: WriteRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<Written, Error> {
        let has_steps = match &request.write {
            Write::Create(_) | Write::Update(..) => !self.interface.enforces_references(),
            Write::Delete(..) => true,
        };
        if !has_steps {
            return self.carry_out_steps(request, caller).await;
        }
        let WriteRequest {
            write,
            guard,
            expected_version,
            counts_as_changed,
            key,
            in_flight: _in_flight,
        } = request;
        let steps = |inside: Self| {
            let (judged, guard) = (Judged::new(write.clone(), expected_version), guard.clone());
            async move {
                let request = WriteRequest {
                    counts_as_changed,
                    ..inside.request(judged, guard)?
                };
                inside.carry_out_steps(request, caller).await
            }
        };
        // A transaction of an application has no key of a request.
        let keyed = key.as_ref().and_then(IdempotencyKey::request);
        let Some(keyed) = keyed.filter(|_| self.transaction.is_none()) else {
            return self.in_steps(steps).await;
        };
        let deleted = || changed_by_deletions([self]);
        let carried_out = in_transaction(&self.writes, deleted, |open| {
            let inside = self.within(&open).map(&steps);
            async move {
                let steps = async {
                    match inside?.await? {
                        Written::Missing => Err(Refused::NoRow),
                        written => Ok(written),
                    }
                };
                let answer = |written: &Written| keyed.answer(written);
                open.once(self, Some(&keyed.id), steps, answer).await
            }
        });
        match carried_out.await {
            Ok(written) => Ok(written),
            Err(NotCarriedOut::Known(replay)) => {
                if is_audited() {
                    self.audit_replay(&write, caller);
                }
                Ok(Written::Replay(Box::new(replay)))
            }
            Err(NotCarriedOut::Failed(Refused::NoRow)) => Ok(Written::Missing),
            Err(NotCarriedOut::Failed(Refused::Error(error))) => Err(error),
        }
    }

    async fn carry_out_steps(
        &self,
        request: WriteRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<Written, Error> {
        match self.carry_out_before(&request, caller).await {
            Ok(Remaining::Missing) => self.not_carried_out(request, None, caller).await,
            Ok(Remaining::Alone) => self.carry_out_alone(request, caller).await,
            Ok(Remaining::Last) => {
                // The row was judged in this transaction, and the cascade may have changed it.
                let request = WriteRequest {
                    guard: None,
                    expected_version: None,
                    ..request
                };
                match self.carry_out_alone(request, caller).await? {
                    // The foreign key of a table has deleted it.
                    Written::Missing => Ok(Written::Deleted),
                    written => Ok(written),
                }
            }
            Err(error) => self.not_carried_out(request, Some(error), caller).await,
        }
    }

    /// The outcome of a write that is not carried out: its row is missing, or this is the error. Another service may have carried an earlier
    /// request with the same key out.
    async fn not_carried_out(
        &self,
        request: WriteRequest,
        error: Option<Error>,
        caller: Option<&Caller<'_>>,
    ) -> Result<Written, Error> {
        let is_of_rows = |error: &Error| error.is_conflict() || error.is_stale();
        let write = request.write.clone();
        if request.key.is_some()
            && error.as_ref().is_none_or(is_of_rows)
            && let Some(replay) = self.interface.find_replay(request).await?
        {
            if is_audited() {
                self.audit_replay(&write, caller);
            }
            return Ok(replay);
        }
        self.audit_unwritten(&write, error.as_ref(), caller);
        error.map_or(Ok(Written::Missing), Err)
    }

    /// Carries out what comes before the write itself, and returns what is left.
    async fn carry_out_before(
        &self,
        request: &WriteRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<Remaining, Error> {
        match &request.write {
            Write::Create(values) => {
                let mut known = Known::new();
                let missing = self.without_referred_row(values, caller, &mut known).await?;
                if let Some(field) = missing.first() {
                    // A caller without the permission is denied before.
                    match (&request.guard, self.cache()) {
                        (None, _) => {}
                        (Some(guard), Some(_)) => guard.judge_sent(values)?,
                        (Some(guard), None) => {
                            let row = values.clone().into_record(self.description.fields().len());
                            guard.judge_new(&row)?;
                        }
                    }
                    return Err(self.reference_refused(*field, caller));
                }
            }
            Write::Update(id, values) => {
                let mut known = Known::new();
                let missing = self.without_referred_row(values, caller, &mut known).await?;
                if !missing.is_empty() {
                    let Some(row) = self.judged_row(id, Some(values), request).await? else {
                        return Ok(Remaining::Missing);
                    };
                    // A caller that may not read the field would learn which value is stored.
                    let is_stored = |field: &&u16| {
                        values.get(**field) == Some(row.get(**field))
                            && caller.is_none_or(|caller| caller.reads(**field))
                    };
                    if let Some(field) = missing.iter().find(|field| !is_stored(field)) {
                        return Err(self.reference_refused(*field, caller));
                    }
                }
            }
            Write::Delete(id, _) => {
                let Some(row) = self.judged_row(id, None, request).await? else {
                    return Ok(Remaining::Missing);
                };
                // Every row is judged before the first one is changed.
                let mut search = CascadeSearch::of(self)?;
                search.add(row.values())?;
                let cascade = search.find(caller).await?;
                if !cascade.is_empty() {
                    self.set_savepoint().await?;
                    cascade.without_requested().carry_out(self, caller).await?;
                    return Ok(Remaining::Last);
                }
            }
        }
        Ok(Remaining::Alone)
    }

    /// The row of a write, if it exists for the caller, who is allowed the write. `values` are those of an update.
    async fn judged_row(
        &self,
        id: &Value,
        values: Option<&Values>,
        request: &WriteRequest,
    ) -> Result<Option<Record>, Error> {
        let guard = request.guard.as_deref();
        let row = match guard {
            Some(guard) => self.row_in_sight(id, guard).await?,
            None => self.stored_row(id).await?,
        };
        let Some(row) = row else {
            return Ok(None);
        };
        if let Some(guard) = guard {
            match values {
                Some(values) => guard.judge_update(&row, &values.updated(&row))?,
                None => guard.judge_stored(&row)?,
            }
        }
        judge_version(self.description, request.expected_version, &row)?;
        Ok(Some(row))
    }

    /// The fields whose values are ids of no row, or of a row that does not exist for the caller. The storage finds out the rest.
    pub(super) async fn without_referred_row(
        &self,
        values: &Values,
        caller: Option<&Caller<'_>>,
        known: &mut Known,
    ) -> Result<Vec<u16>, Error> {
        let mut missing = Vec::new();
        let own = self.foreign_keys().map_or(&[][..], |keys| &keys.own);
        for OwnKey { field, reference } in own.iter().copied() {
            let declared = self.description.field(field);
            let Some(value) = values.get(field).filter(|value| !value.is_null()) else {
                continue;
            };
            let other = self.related(reference)?;
            // The framework filled in a preset, whose row the caller need not see.
            let rows = match caller.filter(|_| !declared.is_preset()) {
                Some(caller) => other.rows_of(caller),
                None => Access::Always,
            };
            if rows == Access::Always && self.interface.enforces_references() {
                continue;
            }
            let is_itself = std::ptr::eq(other.description, self.description)
                && values.get(self.description.id_index()) == Some(value);
            if is_itself {
                continue;
            }
            let key = (field, value.clone());
            let exists = match known.get(&key) {
                Some(exists) => *exists,
                None => other.has_row(value, &rows).await?,
            };
            known.insert(key, exists);
            if !exists {
                missing.push(field);
            }
        }
        Ok(missing)
    }

    /// The rows of this manager that a caller may read, of a write of another manager.
    fn rows_of(&self, caller: &Caller<'_>) -> Access {
        match self.require_rules(Some(caller.principal)) {
            Ok(()) => self.access(Operation::Detail, Some(caller.principal)),
            Err(_) => Access::Never,
        }
    }

    async fn has_row(&self, id: &Value, rows: &Access) -> Result<bool, Error> {
        if *rows == Access::Never {
            return Ok(false);
        }
        let condition = rows.condition();
        let row = match self.description.remote().filter(|_| self.cache().is_some()) {
            // Lookups through the reference need a query, too. So an owner need not allow more for it.
            Some(remote) if remote.operations().contains(Operation::Filter) => {
                self.queried_row(id, condition.as_ref()).await?
            }
            _ => self.stored_row_if(id, condition.as_ref()).await?,
        };
        Ok(row.is_some_and(|row| condition.is_none_or(|condition| condition.accepts(&row))))
    }

    /// The row of this id as its owner has it now, by a query.
    async fn queried_row(
        &self,
        id: &Value,
        condition: Option<&Arc<ConditionTree>>,
    ) -> Result<Option<Record>, Error> {
        let mut select = Select::new();
        select.filters.push(Lookup {
            field: self.description.id_index(),
            operator: Operator::Exact,
            operand: Operand::Value(id.clone()),
        });
        match StoredPages::first(self, select).next().await {
            Ok(page) => Ok(page.and_then(|page| page.rows.into_first())),
            Err(error) if condition.is_some() && leaves_no_row_to_judge(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The refusal of a reference to a row that does not exist for the caller.
    fn reference_refused(&self, field: u16, caller: Option<&Caller<'_>>) -> Error {
        // The answer to such a caller of a gateway is the same if the owner refuses: the conflict may be one with a hidden row there.
        let is_plain = |caller: &Caller<'_>| self.cache().is_some() && caller.rows != Access::Always;
        match caller.is_some_and(is_plain) {
            true => Error::taken(self.description.name(), None),
            false => self.nothing_referred(field),
        }
    }

    pub(super) fn nothing_referred(&self, field: u16) -> Error {
        let field = self.description.field(field).name();
        Error::conflict(self.description.name(), Some(field), conflict::NOTHING_REFERRED)
    }
}
