//! Create, update and delete of one row, inside a transaction.

use rusqlite::{Connection, params_from_iter};
use sea_query::SqliteQueryBuilder;

use super::affected_rows::{AffectedRows, ChangeCount};
use super::decode::column;
use super::row_sink::with_row_id;
use super::table::Table;
use crate::change::{Action, Change};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Write, Written, sql};
use crate::manager::{Record, Values};

/// A write that was executed and is not yet committed.
pub(super) struct Executed {
    pub(super) result: WriteResult,
    /// The change to publish after the commit. `None` if nothing changed.
    pub(super) change: Option<Change>,
}

/// The result of a write.
pub(super) enum WriteResult {
    /// A create whose row has the values that were sent, and the id that the database assigned, if it did.
    Created(Option<i64>),
    /// Any other result.
    Other(Written),
}

/// A row before its update.
struct OldRow {
    row: Record,
    /// The fields whose stored value can't be decoded.
    unreadable: Vec<u16>,
}

impl Executed {
    fn unchanged(written: Written) -> Self {
        Self {
            result: WriteResult::Other(written),
            change: None,
        }
    }

    fn changed(written: Written, change: Change) -> Self {
        Self {
            result: WriteResult::Other(written),
            change: Some(change),
        }
    }
}

impl Table {
    /// The caller's answer to a write. The row of a create is built here, on the caller's thread.
    pub(super) fn written(&self, result: WriteResult, write: Write) -> Written {
        match (result, write) {
            (WriteResult::Created(id), Write::Create(values)) => Written::Row(self.created_row(values, id)),
            // Only a create has this result.
            (WriteResult::Created(_), _) => Written::Unreadable,
            (WriteResult::Other(written), _) => written,
        }
    }

    fn created_row(&self, values: Values, id: Option<i64>) -> Record {
        let mut row = values.into_record(self.description().fields().len());
        if let Some(id) = id {
            row.set(self.description().id_index(), Value::Integer(id));
        }
        row
    }

    /// Executes a write in the connection's transaction.
    pub(super) fn write(&self, connection: &Connection, write: &Write) -> Result<Executed, Error> {
        match write {
            Write::Create(values) => self.create(connection, values),
            Write::Update(id, values) => self.update(connection, id, values),
            Write::Delete(id, _) => self.delete(connection, id),
        }
    }

    fn create(&self, connection: &Connection, values: &Values) -> Result<Executed, Error> {
        let is_assigned = self.description().id_assigned();
        let id_index = self.description().id_index();
        let mut statement = self.prepare(connection, &self.insert)?;
        let mut parameter = 0;
        for (index, _) in (0_u16..).zip(self.description().fields()) {
            if !(is_assigned && index == id_index) {
                let value = values.get(index).unwrap_or(&Value::Null);
                parameter += 1;
                statement
                    .raw_bind_parameter(parameter, self.encode(index, value)?)
                    .map_err(|error| self.error(error))?;
            }
        }
        let count = ChangeCount::before(connection);
        let inserted = statement
            .raw_execute()
            .map_err(|error| self.create_error(connection, error, values))?;
        let affected = count.after(inserted);
        if affected == AffectedRows::None {
            // The last inserted row is another one.
            return Err(self.ignored());
        }
        if inserted == 0 && is_assigned {
            // A trigger did something else, and the id is unknown.
            return Ok(Executed::changed(Written::Unreadable, Change::refresh()));
        }
        let assigned_id = is_assigned.then(|| connection.last_insert_rowid());
        let id = match assigned_id {
            Some(id) => Value::Integer(id),
            None => values.get(id_index).cloned().unwrap_or_default(),
        };
        let result = if affected == AffectedRows::OnlyTheRow {
            if self.description().validation().is_some() {
                // An invalid row undoes the write.
                let row = self.created_row(values.clone(), assigned_id);
                self.description().validate(&row)?;
            }
            WriteResult::Created(assigned_id)
        } else {
            WriteResult::Other(self.stored_row(connection, &id)?)
        };
        Ok(Executed {
            change: Some(Change::row(Action::Create, id)),
            result,
        })
    }

    /// The row after a write that also ran a trigger or a foreign key action, which may have changed the row.
    fn stored_row(&self, connection: &Connection, id: &Value) -> Result<Written, Error> {
        let Some(row) = self.get(connection, id)? else {
            return Ok(Written::Unreadable);
        };
        self.description().validate(&row)?;
        Ok(Written::Row(row))
    }

    fn update(&self, connection: &Connection, id: &Value, values: &Values) -> Result<Executed, Error> {
        let Some(OldRow { mut row, unreadable }) = self.old_row(connection, id, values)? else {
            return Ok(Executed::unchanged(Written::Missing));
        };
        let is_different = |field: u16, value: &Value| unreadable.contains(&field) || row.get(field) != value;
        let different: Vec<_> = values
            .iter()
            .filter(|(field, value)| *field != self.description().id_index() && is_different(*field, value))
            .collect();
        if different.is_empty() {
            return Ok(Executed::unchanged(Written::Row(row)));
        }
        let fields = different.iter().map(|(field, _)| *field);
        let (text, _) = sql::update(self.description(), self.name(), fields).build(SqliteQueryBuilder);
        let mut parameters = different
            .iter()
            .map(|(field, value)| self.encode(*field, value))
            .collect::<Result<Vec<_>, _>>()?;
        parameters.push(self.encode_id(id)?);
        let count = ChangeCount::before(connection);
        let updated = self
            .prepare(connection, &text)?
            .execute(params_from_iter(parameters))
            .map_err(|error| self.update_error(connection, error, id, values))?;
        let written = match count.after(updated) {
            AffectedRows::None => return Err(self.ignored()),
            AffectedRows::OnlyTheRow => {
                for (field, value) in different {
                    row.set(field, value.clone());
                }
                self.description().validate(&row)?;
                Written::Row(row)
            }
            AffectedRows::More => self.stored_row(connection, id)?,
        };
        Ok(Executed::changed(
            written,
            Change::row(Action::Update, id.clone()),
        ))
    }

    /// The row before its update, if there is one. A field that can't be decoded is an error, unless the update sets it.
    fn old_row(&self, connection: &Connection, id: &Value, values: &Values) -> Result<Option<OldRow>, Error> {
        let mut statement = self.prepare(connection, &self.get)?;
        let mut rows = statement
            .query([self.encode_id(id)?])
            .map_err(|error| self.error(error))?;
        let Some(stored) = rows.next().map_err(|error| self.error(error))? else {
            return Ok(None);
        };
        let mut row = Vec::with_capacity(self.description().fields().len());
        let mut unreadable = Vec::new();
        for (index, field) in (0_u16..).zip(self.description().fields()) {
            row.push(match column(self.description(), stored, index, field) {
                Ok(value) => value.into(),
                Err(Error::Record { .. }) if values.get(index).is_some() => {
                    unreadable.push(index);
                    Value::Null
                }
                Err(error) => return Err(with_row_id(self.description(), stored, error)),
            });
        }
        Ok(Some(OldRow {
            row: Record::new(row),
            unreadable,
        }))
    }

    fn delete(&self, connection: &Connection, id: &Value) -> Result<Executed, Error> {
        let count = ChangeCount::before(connection);
        let deleted = self
            .prepare(connection, &self.delete)?
            .execute([self.encode_id(id)?])
            .map_err(|error| self.error(error))?;
        // No trigger runs for a missing row, so any change means that the row existed.
        if count.after(deleted) != AffectedRows::None {
            let change = Change::row(Action::Delete, id.clone());
            return Ok(Executed::changed(Written::Deleted, change));
        }
        if self.get(connection, id)?.is_some() {
            return Err(self.ignored());
        }
        Ok(Executed::unchanged(Written::Missing))
    }

    /// The error of a write that SQLite skipped silently, for `ON CONFLICT IGNORE` or `RAISE(IGNORE)`.
    fn ignored(&self) -> Error {
        Error::taken(self.description().name(), None)
    }
}
