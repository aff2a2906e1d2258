//! A table in memory.

use crate::change::{Action, Change};
use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::interface::Written;
use crate::manager::{Description, Purpose, Record, Values};

/// The rows of a manager, with the checks of writes.
#[derive(Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Record>,
    // Never decreases, so that no id is used twice.
    last_id: i64,
}

impl Table {
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
            if others.map(|(_, row)| row).any(|row| row.get(index) == value) {
                return Err(Error::taken(description.name(), Some(field.name())));
            }
        }
        Ok(())
    }

    fn check_id(&self, description: &'static Description, id: &Value) -> Result<(), Error> {
        match self.place(description, id) {
            None => Ok(()),
            Some(_) => Err(Error::taken(
                description.name(),
                Some(description.id_field().name()),
            )),
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
        self.check_id(description, id)?;
        self.check_unique(description, None, &values)?;
        if let Value::Integer(id) = id {
            self.last_id = self.last_id.max(*id);
        }
        self.rows.push(row);
        Ok(())
    }

    pub(super) fn create(
        &mut self,
        description: &'static Description,
        values: &Values,
    ) -> Result<(Written, Option<Change>), Error> {
        description.require_owners_fields(values)?;
        let mut row = record_of(description, values);
        let mut last_id = self.last_id;
        if description.id_assigned() {
            last_id = last_id.checked_add(1).ok_or_else(|| no_ids_left(description))?;
            row.set(description.id_index(), last_id.to_value());
        } else {
            self.check_id(description, row.get(description.id_index()))?;
        }
        description.validate(&row)?;
        self.check_unique(description, None, values)?;
        self.last_id = last_id;
        let change = Change::row(Action::Create, row.get(description.id_index()).clone());
        self.rows.push(row.clone());
        Ok((Written::Row(row), Some(change)))
    }

    pub(super) fn update(
        &mut self,
        description: &'static Description,
        id: Value,
        values: &Values,
    ) -> Result<(Written, Option<Change>), Error> {
        let place = self.place(description, &id);
        let Some(row) = place.and_then(|place| self.rows.get(place)) else {
            return Ok((Written::Missing, None));
        };
        if values.iter().all(|(field, value)| row.get(field) == value) {
            return Ok((Written::Row(row.clone()), None));
        }
        let mut changed = row.clone();
        for (field, value) in values.iter() {
            changed.set(field, value.clone());
        }
        description.validate(&changed)?;
        self.check_unique(description, place, values)?;
        if let Some(row) = place.and_then(|place| self.rows.get_mut(place)) {
            row.clone_from(&changed);
        }
        Ok((Written::Row(changed), Some(Change::row(Action::Update, id))))
    }

    pub(super) fn delete(&mut self, description: &Description, id: Value) -> (Written, Option<Change>) {
        match self.place(description, &id) {
            Some(place) => {
                self.rows.remove(place);
                (Written::Deleted, Some(Change::row(Action::Delete, id)))
            }
            None => (Written::Missing, None),
        }
    }
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
