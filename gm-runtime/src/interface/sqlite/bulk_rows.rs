//! The rows of a write of many rows, inside a transaction.
//!
//! Each row is written by the prepared statements of single writes. They need no round trip, so a statement for several rows would save
//! little, and each row is judged exactly as by a single write.

use rusqlite::Connection;

use super::bulk_job::BulkJob;
use super::side_effects::SideEffects;
use super::table::Table;
use super::write::{Executed, WriteResult};
use crate::change::{Change, Joined, MAX_SINGLE_CHANGES};
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{DatabaseRow, RowSink};
use crate::interface::{BulkClock, BulkRequest, BulkRows, BulkWritten, Write, Written, at_place, of_id};
use crate::manager::{Description, Values};

/// A write of many rows that was executed and is not yet committed.
#[derive(Default)]
pub(super) struct BulkOutcome {
    pub(super) written: BulkWritten,
    /// The changes to publish after the commit.
    pub(super) changes: Vec<FieldsChange>,
    /// Whether there are too many changes, so that they are one refresh.
    is_folded: bool,
}

/// A change, with the fields of an update if they are known.
pub(super) type FieldsChange = (Change, Option<Vec<u16>>);

impl BulkOutcome {
    fn add(&mut self, (change, fields): FieldsChange) {
        self.written.rows += 1;
        if !self.is_folded && self.changes.len() < MAX_SINGLE_CHANGES {
            self.changes.push((change, fields));
            return;
        }
        self.is_folded = true;
        let all = self.changes.drain(..).chain([(change, fields)]);
        let refresh = all.reduce(fold);
        self.changes.extend(refresh);
    }
}

/// One refresh in place of two changes. A manager of the table that shows none of the changed fields gets no refresh either.
pub(super) fn fold((_, all): FieldsChange, (_, more): FieldsChange) -> FieldsChange {
    let union = all.zip(more).map(|(mut all, more)| {
        for field in more {
            if !all.contains(&field) {
                all.push(field);
            }
        }
        all
    });
    (Change::refresh(), union)
}

/// What is left of two changes of one row in a transaction.
pub(super) fn join(
    (one, fields): &FieldsChange,
    (later, more): &FieldsChange,
    description: &'static Description,
) -> Option<Joined<FieldsChange>> {
    Some(match one.join(later, description)? {
        Joined::Nothing => Joined::Nothing,
        Joined::One(change) => {
            let both = fields.as_ref().zip(more.as_ref());
            let union = both.map(|(fields, more)| {
                let more = more.iter().filter(|field| !fields.contains(field));
                fields.iter().chain(more).copied().collect()
            });
            Joined::One((change, union))
        }
    })
}

/// What an update or a deletion did with a row.
enum RowWritten {
    Changed(FieldsChange),
    /// The row had the values, and counts as changed: the caller may not learn which value is stored.
    Counted,
    Unchanged,
}

/// The ids of the rows of a query.
#[derive(Default)]
struct Ids(Vec<Value>);

impl RowSink for Ids {
    fn push(&mut self, description: &'static Description, row: &impl DatabaseRow) -> Result<(), Error> {
        self.0
            .push(row.column(description, description.id_index())?.into());
        Ok(())
    }
}

impl Table {
    /// Executes a write of many rows in the connection's transaction. After an error the transaction is to be undone.
    pub(super) fn write_many(
        &self,
        connection: &Connection,
        effects: &SideEffects,
        job: &BulkJob,
    ) -> Result<BulkOutcome, Error> {
        let request = &job.request;
        let clock = request.clock(self.description());
        let rows = Rows {
            table: self,
            connection,
            effects,
            request,
            clock,
        };
        match (&request.rows, &job.query) {
            (BulkRows::New(values), _) => rows.create(values),
            (BulkRows::Matching(_), Some((query, deadline))) => {
                let mut ids = Ids::default();
                let end = query.run_with_deadline(*deadline, connection, &mut ids)?;
                if end.has_more {
                    return Err(request.limits.too_many_rows(self.description().name()));
                }
                rows.write(ids.0)
            }
            (BulkRows::Matching(_), None) => Ok(BulkOutcome::default()),
        }
    }
}

/// The rows of one write of many rows.
struct Rows<'w> {
    table: &'w Table,
    connection: &'w Connection,
    effects: &'w SideEffects,
    request: &'w BulkRequest,
    clock: BulkClock,
}

impl Rows<'_> {
    fn create(&self, rows: &[Values]) -> Result<BulkOutcome, Error> {
        let mut outcome = BulkOutcome::default();
        for (place, values) in rows.iter().enumerate() {
            self.clock.check()?;
            let guard = self.request.row.guard.as_deref();
            let created = self.recorded(|| self.table.create(self.connection, values, guard));
            let (id, change) = created
                .and_then(|executed| self.created(executed, values))
                .map_err(at_place(self.table.description(), place))?;
            outcome.written.ids.push(id);
            outcome.add((change, None));
        }
        Ok(outcome)
    }

    /// The id of a new row, and its change.
    fn created(&self, executed: Executed, values: &Values) -> Result<(Value, Change), Error> {
        let id_index = self.table.description().id_index();
        let id = match executed.result {
            WriteResult::Created(Some(id)) => Some(Value::Integer(id)),
            WriteResult::Created(None) => values.get(id_index).cloned(),
            WriteResult::Other(Written::Row(row)) => Some(row.get(id_index).clone()),
            WriteResult::Other(_) => None,
            WriteResult::Refused(denied) => return Err(denied),
        };
        match (id, executed.change) {
            (Some(id), Some(change)) => Ok((id, change)),
            // Such as a trigger of a view, which creates the row elsewhere.
            _ => Err(Error::storage(anyhow::anyhow!(
                "a trigger of the table `{}` creates the rows under ids that are not known, so that `create_many` can't return them",
                self.table.name()
            ))),
        }
    }

    /// Updates or deletes the rows of these ids.
    fn write(&self, ids: Vec<Value>) -> Result<BulkOutcome, Error> {
        let mut outcome = BulkOutcome::default();
        for id in ids {
            self.clock.check()?;
            let written = self
                .write_one(&id)
                .map_err(of_id(self.table.description(), &id))?;
            match written {
                RowWritten::Changed(change) => outcome.add(change),
                RowWritten::Counted => outcome.written.rows += 1,
                RowWritten::Unchanged => {}
            }
        }
        Ok(outcome)
    }

    /// Updates or deletes the row of this id.
    fn write_one(&self, id: &Value) -> Result<RowWritten, Error> {
        let (table, connection, row) = (self.table, self.connection, &self.request.row);
        if !self.request.filled.is_empty()
            && let Some(old) = table.old_row(connection, id)?
            && self.request.leaves_unchanged(old.known())?
        {
            return Ok(RowWritten::Unchanged);
        }
        let executed = self.recorded(|| match &row.write {
            Write::Update(_, values) => table.update(connection, id, values, row),
            Write::Create(_) | Write::Delete(..) => table.delete(connection, id, row),
        })?;
        match (executed.result, executed.change) {
            (WriteResult::Refused(denied), _) => Err(denied),
            (_, Some(change)) => Ok(RowWritten::Changed((change, executed.changed_fields))),
            (WriteResult::Other(Written::Row(_)), None) if row.counts_as_changed => Ok(RowWritten::Counted),
            (WriteResult::Created(_) | WriteResult::Other(_), None) => Ok(RowWritten::Unchanged),
        }
    }

    /// Executes the write of a row, and records its side effects.
    fn recorded<T>(&self, write: impl FnOnce() -> T) -> T {
        self.effects.record(self.connection, self.table.name(), write)
    }
}
