//! Create, update and delete of one row, inside a transaction.

use rusqlite::{Connection, params_from_iter};
use sea_query::SqliteQueryBuilder;

use super::affected_rows::{AffectedRows, ChangeCount};
use super::table::Table;
use crate::change::{Action, Change, Images};
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{
    self, JudgedWrite, OldRow, created_row, judge_delete, judge_update, judges_delete,
};
use crate::interface::{Guard, Write, WriteRequest, Written};
use crate::manager::{Record, Values};
use crate::query::KnownRow;

/// A write that was executed and is not yet committed.
pub(super) struct Executed {
    pub(super) result: WriteResult,
    /// The change to publish after the commit. `None` if nothing changed.
    pub(super) change: Option<Change>,
    /// The fields that an update changed. `None` if a trigger may have changed others, and for any other write.
    pub(super) changed_fields: Option<Vec<u16>>,
}

/// The result of a write.
pub(super) enum WriteResult {
    /// A create whose row has the values that were sent, and the id that the database assigned, if it did.
    Created(Option<i64>),
    /// Any other result.
    Other(Written),
    /// The refusal of a write that the caller's rules do not allow. Nothing is to be undone.
    Refused(Error),
}

impl Executed {
    pub(super) fn unchanged(written: Written) -> Self {
        Self {
            result: WriteResult::Other(written),
            change: None,
            changed_fields: None,
        }
    }

    fn refused(denied: Error) -> Self {
        Self {
            result: WriteResult::Refused(denied),
            change: None,
            changed_fields: None,
        }
    }

    fn changed(written: Written, change: Change) -> Self {
        Self {
            result: WriteResult::Other(written),
            change: Some(change),
            changed_fields: None,
        }
    }
}

impl Executed {
    /// Gives the result of the write to `answer`. `None` for a refusal.
    pub(super) fn with_written<T>(
        &self,
        table: &Table,
        write: &Write,
        answer: impl FnOnce(&Written) -> Option<T>,
    ) -> Option<T> {
        match (&self.result, write) {
            (WriteResult::Created(id), Write::Create(values)) => answer(&Written::Row(created_row(
                table.description(),
                values.clone(),
                *id,
            ))),
            (WriteResult::Created(_), _) => answer(&Written::Unreadable),
            (WriteResult::Other(written), _) => answer(written),
            (WriteResult::Refused(_), _) => None,
        }
    }
}

impl Table {
    /// The caller's answer to a write. The row of a create is built here, on the caller's thread.
    pub(super) fn written(&self, result: WriteResult, write: Write) -> Result<Written, Error> {
        Ok(match (result, write) {
            (WriteResult::Created(id), Write::Create(values)) => {
                Written::Row(created_row(self.description(), values, id))
            }
            // Only a create has this result.
            (WriteResult::Created(_), _) => Written::Unreadable,
            (WriteResult::Other(written), _) => written,
            (WriteResult::Refused(denied), _) => return Err(denied),
        })
    }

    /// Executes a write in the connection's transaction, if the caller's rules allow it. An error undoes the write.
    pub(super) fn write(&self, connection: &Connection, request: &WriteRequest) -> Result<Executed, Error> {
        match &request.write {
            Write::Create(values) => self.create(connection, values, request.guard.as_deref()),
            Write::Update(id, values) => self.update(connection, id, values, request),
            Write::Delete(id, _) => self.delete(connection, id, request),
        }
    }

    pub(super) fn create(
        &self,
        connection: &Connection,
        values: &Values,
        guard: Option<&Guard>,
    ) -> Result<Executed, Error> {
        let is_assigned = self.description().id_assigned();
        let id_index = self.description().id_index();
        // Before the statement, whose conflict would tell a caller without the permission about other rows.
        if let Some(guard) = guard {
            let row = created_row(self.description(), values.clone(), None);
            if let Err(denied) = guard.judge_new(&row) {
                return Ok(Executed::refused(denied));
            }
        }
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
            .map_err(|error| self.create_error(connection, error, values, guard))?;
        let affected = count.after(inserted);
        if affected == AffectedRows::None {
            // The last inserted row is another one.
            return Err(self.ignored());
        }
        if inserted == 0 && is_assigned {
            // A trigger did something else, and the id is unknown. So a rule that depends on the row can't be judged.
            if let Some(guard) = guard {
                let unknown: Vec<u16> = (0..).take(self.description().fields().len()).collect();
                let row = &created_row(self.description(), values.clone(), None);
                guard.judge_create(KnownRow {
                    row: row.values(),
                    unknown: &unknown,
                })?;
            }
            return Ok(Executed::changed(Written::Unreadable, Change::refresh()));
        }
        let assigned_id = is_assigned.then(|| connection.last_insert_rowid());
        let id = match assigned_id {
            Some(id) => Value::Integer(id),
            None => values.get(id_index).cloned().unwrap_or_default(),
        };
        let change = Change::row(Action::Create, id);
        if affected != AffectedRows::OnlyTheRow {
            let judge = |row: &Record| guard.map_or(Ok(()), |guard| guard.judge_create(row));
            let written = self.stored_row(connection, change.id(), judge)?;
            let change = self.with_images(change, None, &written);
            return Ok(Executed::changed(written, change));
        }
        let (validates, has_images) = (
            self.description().validation().is_some(),
            self.description().judges_changes(),
        );
        let row =
            (validates || has_images).then(|| created_row(self.description(), values.clone(), assigned_id));
        if let Some(row) = &row {
            // An invalid row undoes the write.
            self.description().validate(row)?;
        }
        Ok(Executed {
            change: Some(Images::add(change, self.description(), None, row.as_ref())),
            result: WriteResult::Created(assigned_id),
            changed_fields: None,
        })
    }

    /// Adds the images of the row to a change, if both are known.
    fn with_images(&self, change: Change, old: Option<&OldRow>, written: &Written) -> Change {
        match (old.map(OldRow::image), written) {
            (Some(None), _) => change,
            (old, Written::Row(row)) => Images::add(change, self.description(), old.flatten(), Some(row)),
            _ => change,
        }
    }

    /// The row after a write that also ran a trigger or a foreign key action, which may have changed the row.
    fn stored_row(
        &self,
        connection: &Connection,
        id: Option<&Value>,
        judge: impl FnOnce(&Record) -> Result<(), Error>,
    ) -> Result<Written, Error> {
        let Some(row) = id.map_or(Ok(None), |id| self.get(connection, id))? else {
            return Ok(Written::Unreadable);
        };
        judge(&row)?;
        self.description().validate(&row)?;
        Ok(Written::Row(row))
    }

    pub(super) fn update(
        &self,
        connection: &Connection,
        id: &Value,
        values: &Values,
        request: &WriteRequest,
    ) -> Result<Executed, Error> {
        let Some(mut old) = self.old_row(connection, id)? else {
            return Ok(Executed::unchanged(Written::Missing));
        };
        let changes = match judge_update(self.description(), &mut old, values, request)? {
            JudgedWrite::Answered(written) => return Ok(Executed::unchanged(written)),
            JudgedWrite::Refused(denied) => return Ok(Executed::refused(denied)),
            JudgedWrite::Write(changes) => changes,
        };
        let guard = request.guard.as_deref();
        let fields = changes.fields.iter().copied();
        let (text, _) = sql::update(self.description(), self.name(), fields).build(SqliteQueryBuilder);
        let mut parameters = changes
            .iter()
            .map(|(field, value)| self.encode(field, value))
            .collect::<Result<Vec<_>, _>>()?;
        parameters.push(self.encode_id(id)?);
        let count = ChangeCount::before(connection);
        let updated = self
            .prepare(connection, &text)?
            .execute(params_from_iter(parameters))
            .map_err(|error| self.update_error(connection, error, id, values, guard))?;
        let affected = count.after(updated);
        let written = match affected {
            AffectedRows::None => return Err(self.ignored()),
            AffectedRows::OnlyTheRow => {
                let keeps_old = self.description().judges_changes();
                let mut row = if keeps_old {
                    old.row().clone()
                } else {
                    old.take_row()
                };
                for (field, value) in changes.iter() {
                    row.set(field, value.clone());
                }
                self.description().validate(&row)?;
                Written::Row(row)
            }
            AffectedRows::More => self.stored_row(connection, Some(id), |row| {
                guard.map_or(Ok(()), |guard| guard.judge_update(old.known(), row))
            })?,
        };
        let change = Change::row(Action::Update, id.clone());
        let change = self.with_images(change, Some(&old), &written);
        Ok(Executed {
            changed_fields: (affected == AffectedRows::OnlyTheRow).then_some(changes.fields),
            ..Executed::changed(written, change)
        })
    }

    pub(super) fn delete(
        &self,
        connection: &Connection,
        id: &Value,
        request: &WriteRequest,
    ) -> Result<Executed, Error> {
        let old = match judges_delete(request) || self.description().judges_changes() {
            true => self.old_row(connection, id)?,
            false => None,
        };
        if judges_delete(request) {
            match judge_delete(self.description(), old.as_ref(), request) {
                JudgedWrite::Answered(written) => return Ok(Executed::unchanged(written)),
                JudgedWrite::Refused(denied) => return Ok(Executed::refused(denied)),
                JudgedWrite::Write(()) => {}
            }
        }
        let count = ChangeCount::before(connection);
        let deleted = self
            .prepare(connection, &self.delete)?
            .execute([self.encode_id(id)?])
            .map_err(|error| self.delete_error(error))?;
        // No trigger runs for a missing row, so any change means that the row existed.
        if count.after(deleted) != AffectedRows::None {
            let mut change = Change::row(Action::Delete, id.clone());
            if let Some(row) = old.as_ref().and_then(OldRow::image) {
                change = Images::add(change, self.description(), Some(row), None);
            }
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
