//! Rows in memory, for tests of applications.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::{Answer, BoxFuture, ErasedInterface, InFlight, Read, ReadLimits, Target, Write, Written};
use crate::change::{Action, Change, Topic};
use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::manager::{Description, Purpose, Record, Values};

/// Rows in memory, for tests of an application ([`GmBuilder::in_memory`](crate::GmBuilder::in_memory)). They end with the
/// handle. Every query reads every row.
pub(crate) struct MemoryInterface {
    description: &'static Description,
    topic: Arc<Topic>,
    table: Arc<RwLock<Table>>,
    limits: ReadLimits,
}

#[derive(Default)]
struct Table {
    rows: Vec<Record>,
    // Never decreases, so that no id is used twice.
    last_id: i64,
}

impl MemoryInterface {
    /// A table of these rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Conflict`] for a row that does not fit the table.
    pub(crate) fn new(
        description: &'static Description,
        topic: Arc<Topic>,
        limits: ReadLimits,
        rows: Vec<Record>,
    ) -> Result<Self, Error> {
        let mut table = Table::default();
        for row in rows {
            table.load(description, row)?;
        }
        Ok(Self {
            description,
            topic,
            table: Arc::new(RwLock::new(table)),
            limits,
        })
    }

    fn rows(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ErasedInterface for MemoryInterface {
    fn description(&self) -> &'static Description {
        self.description
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            match read.target {
                Target::Page(select) => {
                    let page = async {
                        let page = select.records_of(self.description, self.rows().rows.iter());
                        Ok(page.with_page_size(select.page.and(select.page_size)))
                    };
                    let page = self.limits.page(self.description, &select, page).await?;
                    read.representation.page(page)
                }
                Target::Row(id) => {
                    let table = self.rows();
                    let place = table.place(self.description, id);
                    let row = place.and_then(|place| table.rows.get(place)).cloned();
                    drop(table);
                    read.representation.row(row)
                }
            }
        })
    }

    fn write(&self, write: Write, in_flight: InFlight) -> BoxFuture<'static, Result<Written, Error>> {
        let (description, topic, table) =
            (self.description, Arc::clone(&self.topic), Arc::clone(&self.table));
        Box::pin(async move {
            let _in_flight = in_flight;
            let (written, change) = {
                let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
                match write {
                    Write::Create(values) => table.create(description, &values)?,
                    Write::Update(id, values) => table.update(description, id, &values)?,
                    Write::Delete(id, _) => table.delete(description, id),
                }
            };
            if let Some(change) = change {
                topic.publish(&change);
            }
            Ok(written)
        })
    }
}

impl Table {
    fn place(&self, description: &Description, id: &Value) -> Option<usize> {
        self.rows
            .iter()
            .position(|row| row.get(description.id_index()) == id)
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
    fn load(&mut self, description: &'static Description, row: Record) -> Result<(), Error> {
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

    fn create(
        &mut self,
        description: &'static Description,
        values: &Values,
    ) -> Result<(Written, Option<Change>), Error> {
        description.require_filled(values)?;
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

    fn update(
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

    fn delete(&mut self, description: &Description, id: Value) -> (Written, Option<Change>) {
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
