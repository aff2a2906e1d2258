//! A table in memory.

use std::borrow::Cow;
use std::sync::Arc;

use super::claim::Claim;
use crate::change::{Action, Change, Images};
use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::interface::{Guard, Write, WriteRequest, Written, judge_version};
use crate::manager::{Description, Purpose, Record, Values};

/// The rows of a manager, with the checks of writes.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Record>,
    // Never decreases, so that no id is used twice.
    last_id: i64,
    /// The claim of the last transaction that used the table.
    claim: Option<Arc<Claim>>,
}

impl Table {
    /// The claim of the transaction that uses the table, if there is one.
    pub(super) fn claimed(&mut self) -> Option<Arc<Claim>> {
        self.claim.take_if(|claim| claim.has_ended());
        self.claim.clone()
    }

    /// Claims the table for a transaction. Returns false if the claim has ended, so that another one may have the table.
    pub(super) fn claim(&mut self, claim: &Arc<Claim>) -> bool {
        if claim.has_ended() || self.claimed().is_some() {
            return false;
        }
        self.claim = Some(Arc::clone(claim));
        true
    }

    fn place(&self, description: &Description, id: &Value) -> Option<usize> {
        self.rows
            .iter()
            .position(|row| row.get(description.id_index()) == id)
    }

    /// The row of this id.
    pub(super) fn row(&self, description: &Description, id: &Value) -> Option<&Record> {
        self.place(description, id).and_then(|place| self.rows.get(place))
    }

    /// Refuses values of unique fields that another row has. `written` is the place of the row that gets the values.
    fn check_unique(
        &self,
        description: &'static Description,
        written: Option<usize>,
        values: &Values,
        guard: Option<&Guard>,
    ) -> Result<(), Error> {
        for (index, value) in values.iter() {
            let field = description.field(index);
            if !field.unique() || value.is_null() {
                continue;
            }
            let others = self
                .rows
                .iter()
                .enumerate()
                .filter(|(place, _)| Some(*place) != written);
            if let Some((_, other)) = others.clone().find(|(_, row)| row.get(index) == value) {
                return Err(taken(description, index, other, guard));
            }
        }
        Ok(())
    }

    fn check_id(
        &self,
        description: &'static Description,
        id: &Value,
        guard: Option<&Guard>,
    ) -> Result<(), Error> {
        match self.row(description, id) {
            None => Ok(()),
            Some(other) => Err(taken(description, description.id_index(), other, guard)),
        }
    }

    /// Adds a row that counts as written before: what is judged at a write only is not judged.
    pub(super) fn load(&mut self, description: &'static Description, row: Record) -> Result<(), Error> {
        let mut values = Values::new();
        for (field, value) in (0..).zip(row.into_values()) {
            values.set(field, value);
        }
        let mut errors = Vec::new();
        let values = description.normalize_values(values, Purpose::Compare, &mut errors);
        description.refuse(errors)?;
        let row = record_of(description, &values);
        let id = row.get(description.id_index());
        self.check_id(description, id, None)?;
        self.check_unique(description, None, &values, None)?;
        if let Value::Integer(id) = id {
            self.last_id = self.last_id.max(*id);
        }
        self.rows.push(row);
        Ok(())
    }

    /// Carries out a write. Also returns the change to publish.
    pub(super) fn write(
        &mut self,
        description: &'static Description,
        request: &WriteRequest,
    ) -> Result<(Written, Option<Change>), Error> {
        match &request.write {
            Write::Create(values) => self.create(description, values, request.guard.as_deref()),
            Write::Update(id, values) => self.update(description, id, values, request),
            Write::Delete(id, _) => self.delete(description, id, request),
        }
    }

    pub(super) fn create(
        &mut self,
        description: &'static Description,
        values: &Values,
        guard: Option<&Guard>,
    ) -> Result<(Written, Option<Change>), Error> {
        description.require_owners_fields(values)?;
        let mut row = record_of(description, values);
        let mut last_id = self.last_id;
        if description.id_assigned() {
            last_id = last_id.checked_add(1).ok_or_else(|| no_ids_left(description))?;
        }
        // Before a conflict is looked for, which would tell a caller without the permission about other rows.
        if let Some(guard) = guard {
            guard.judge_new(&row)?;
        }
        if description.id_assigned() {
            row.set(description.id_index(), last_id.to_value());
        } else {
            self.check_id(description, row.get(description.id_index()), guard)?;
        }
        description.validate(&row)?;
        self.check_unique(description, None, values, guard)?;
        self.last_id = last_id;
        let change = Change::row(Action::Create, row.get(description.id_index()).clone());
        let change = Images::add(change, description, None, Some(&row));
        self.rows.push(row.clone());
        Ok((Written::Row(row), Some(change)))
    }

    fn update(
        &mut self,
        description: &'static Description,
        id: &Value,
        values: &Values,
        request: &WriteRequest,
    ) -> Result<(Written, Option<Change>), Error> {
        let place = self.place(description, id);
        self.update_at(description, place, values, request)
    }

    /// Updates the row at this place.
    pub(super) fn update_at(
        &mut self,
        description: &'static Description,
        place: Option<usize>,
        values: &Values,
        request: &WriteRequest,
    ) -> Result<(Written, Option<Change>), Error> {
        let guard = request.guard.as_deref();
        let Some(row) = place.and_then(|place| self.rows.get(place)) else {
            return Ok((Written::Missing, None));
        };
        if guard.is_some_and(|guard| !guard.sees(row)) {
            return Ok((Written::Missing, None));
        }
        let is_changed =
            request.counts_as_changed || values.iter().any(|(field, value)| row.get(field) != value);
        let kept = match is_changed {
            true => description.keep_at_update(values, row),
            false => Ok(Cow::Borrowed(values)),
        };
        let changed = kept.as_deref().unwrap_or(values).updated(row);
        if let Some(guard) = guard {
            guard.judge_update(row, &changed)?;
        }
        judge_version(description, request.expected_version, row)?;
        let values = kept?;
        if !is_changed {
            return Ok((Written::Row(row.clone()), None));
        }
        description.validate(&changed)?;
        self.check_unique(description, place, &values, guard)?;
        let change = Change::row(Action::Update, row.get(description.id_index()).clone());
        let change = Images::add(change, description, Some(row), Some(&changed));
        if let Some(row) = place.and_then(|place| self.rows.get_mut(place)) {
            row.clone_from(&changed);
        }
        Ok((Written::Row(changed), Some(change)))
    }

    fn delete(
        &mut self,
        description: &'static Description,
        id: &Value,
        request: &WriteRequest,
    ) -> Result<(Written, Option<Change>), Error> {
        let place = self.place(description, id);
        let Some((place, row)) = place.and_then(|place| Some((place, self.rows.get(place)?))) else {
            return Ok((Written::Missing, None));
        };
        let Some(change) = judge_delete(description, row, request)? else {
            return Ok((Written::Missing, None));
        };
        self.rows.remove(place);
        Ok((Written::Deleted, Some(change)))
    }
}

/// Judges the deletion of a row, and returns its change. `None` if the caller may not see the row.
pub(super) fn judge_delete(
    description: &'static Description,
    row: &Record,
    request: &WriteRequest,
) -> Result<Option<Change>, Error> {
    if let Some(guard) = &request.guard {
        if !guard.sees(row) {
            return Ok(None);
        }
        guard.judge_stored(row)?;
    }
    judge_version(description, request.expected_version, row)?;
    let change = Change::row(Action::Delete, row.get(description.id_index()).clone());
    Ok(Some(Images::add(change, description, Some(row), None)))
}

/// The conflict with another row. It says nothing of a row that the caller may not see.
fn taken(description: &'static Description, field: u16, other: &Record, guard: Option<&Guard>) -> Error {
    let is_seen = guard.is_none_or(|guard| guard.sees(other));
    Error::taken(
        description.name(),
        is_seen.then(|| description.field(field).name()),
    )
}

fn no_ids_left(description: &Description) -> Error {
    Error::storage(anyhow::anyhow!(
        "there are no ids left for `{}`: one of its rows has {}, and there is no higher one",
        description.name(),
        i64::MAX
    ))
}

fn record_of(description: &Description, values: &Values) -> Record {
    let fields = (0..).take(description.fields().len());
    let value = |field| values.get(field).cloned().unwrap_or(Value::Null);
    Record::new(fields.map(value).collect())
}
