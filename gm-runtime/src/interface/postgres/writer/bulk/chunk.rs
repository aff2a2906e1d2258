//! A part of the rows of a write, which is written by one statement if the write has many rows.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;

use super::super::constraint_errors::{FailedWrite, error_of};
use super::super::failure::Failure;
use super::super::pipeline::send_all;
use super::super::work::caught;
use super::judged::JudgedRow;
use super::requests::{Requests, Stop};
use super::statements::BulkStatements;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{DatabaseRow, decode_row};
use crate::interface::{Write, at_place, of_id};
use crate::manager::Record;

/// The most rows of a part.
pub(super) const MAX_ROWS: usize = 1_000;

const SAVEPOINT: &str = "SAVEPOINT gm_rows";
const UNDO: &str = "ROLLBACK TO SAVEPOINT gm_rows";
const RELEASE: &str = "RELEASE SAVEPOINT gm_rows";

/// A part of the rows of a write.
pub(super) struct Chunk<'c> {
    pub(super) requests: &'c Requests<'c>,
    pub(super) rows: &'c [JudgedRow],
    /// Whether the rows are written one by one, with a notification each.
    pub(super) is_single: bool,
}

impl Chunk<'_> {
    /// Writes the rows, and returns their ids. Those of rows that a foreign key has deleted with others are left out.
    pub(super) async fn write(&self, statements: &mut BulkStatements<'_>) -> Result<Vec<Value>, Stop> {
        self.requests.batch(SAVEPOINT).await?;
        let ids = match self.is_single {
            true => None,
            false => self.write_all(statements).await?,
        };
        let ids = match ids {
            Some(ids) => ids,
            None => self.write_singly(statements).await?,
        };
        self.requests.batch(RELEASE).await?;
        Ok(ids)
    }

    /// Writes the rows by one statement. `None` if a row refuses, and nothing is written.
    async fn write_all(&self, statements: &BulkStatements<'_>) -> Result<Option<Vec<Value>>, Stop> {
        let ids = self.requests.ids(self.rows.iter().filter_map(JudgedRow::id))?;
        let Some(statement) = statements.all(self.rows, ids)? else {
            return Ok(None);
        };
        let is_create = matches!(self.requests.request.row.write, Write::Create(_));
        match self.requests.one(&statement).await {
            // In any order.
            Ok(reply) if reply.rows.len() == self.rows.len() && !is_create => Ok(Some(
                self.rows.iter().filter_map(JudgedRow::id).cloned().collect(),
            )),
            Ok(reply) if reply.rows.len() == self.rows.len() => {
                let description = self.requests.table.description();
                let id = |row: &Row| {
                    row.column_at(description, 0, description.id_index())
                        .map(Value::from)
                };
                Ok(Some(reply.rows.iter().map(id).collect::<Result<_, _>>()?))
            }
            // A row refuses, or a trigger skipped one.
            Ok(_) | Err(Stop::Failed(Failure::Refused(_))) => {
                self.requests.batch(UNDO).await?;
                Ok(None)
            }
            Err(stop) => Err(stop),
        }
    }

    /// Writes the rows one by one, in one trip.
    async fn write_singly(&self, statements: &mut BulkStatements<'_>) -> Result<Vec<Value>, Stop> {
        let description = self.requests.table.description();
        let mut ids = Vec::with_capacity(self.rows.len());
        let (place, failure) = match self.send(self.rows, statements).await? {
            Sent::All(rows) => {
                for (row, stored) in self.rows.iter().zip(rows) {
                    let id = stored
                        .column(description, description.id_index())
                        .map(Value::from);
                    ids.push(
                        id.map_err(|_| self.unknown_id())
                            .map_err(|error| row.error(self, error))?,
                    );
                }
                return Ok(ids);
            }
            Sent::Refused(place, failure) => (place, failure),
        };
        let Some((row, before)) = self.rows.get(place).zip(self.rows.get(..place)) else {
            return Err(Stop::Failed(Failure::NotRun));
        };
        let Some(failure) = failure else {
            // A trigger skipped the write.
            return Err(row.error(self, Error::taken(description.name(), None)).into());
        };
        // The rows before it may be what it conflicts with.
        self.requests.batch(UNDO).await?;
        self.send(before, statements).await?;
        let write = row.write(&self.requests.request.row.write);
        let failed = FailedWrite {
            table: self.requests.table,
            write: &write,
            guard: self.requests.request.row.guard.as_deref(),
        };
        let error = error_of(self.requests.transaction.session, failed, failure).await;
        Err(row.error(self, error).into())
    }

    /// Sends the statements of single rows together.
    async fn send(&self, rows: &[JudgedRow], statements: &mut BulkStatements<'_>) -> Result<Sent, Stop> {
        let mut singles = Vec::with_capacity(rows.len());
        for row in rows {
            singles.push(statements.single(row).map_err(|error| row.error(self, error))?);
        }
        let requests = singles
            .iter()
            .map(|statement| self.requests.transaction.rows(statement))
            .collect();
        let replies = send_all(requests, self.requests.transaction.reply_limit).await;
        let is_delete = matches!(self.requests.request.row.write, Write::Delete(..));
        let mut written = Vec::with_capacity(rows.len());
        let mut missing = Vec::new();
        for (place, reply) in replies.into_iter().enumerate() {
            match reply.error.map(|error| Failure::of(error, false)) {
                Some(failure @ Failure::Refused(_)) => return Ok(Sent::Refused(place, Some(failure))),
                Some(failure) => return Err(Stop::Failed(failure)),
                None => match reply.rows.into_iter().next() {
                    Some(row) => written.push(row),
                    None if is_delete => missing.push(place),
                    None => return Ok(Sent::Refused(place, None)),
                },
            }
        }
        Ok(match self.first_stored(rows, &missing).await? {
            Some(place) => Sent::Refused(place, None),
            None => Sent::All(written),
        })
    }

    /// The first of these places whose row is still stored. A deletion before may have removed a row by a foreign key.
    async fn first_stored(&self, rows: &[JudgedRow], places: &[usize]) -> Result<Option<usize>, Stop> {
        if places.is_empty() {
            return Ok(None);
        }
        let (table, description) = (self.requests.table, self.requests.table.description());
        let id_at = |place: &usize| rows.get(*place).and_then(JudgedRow::id);
        let ids = self.requests.ids(places.iter().filter_map(id_at))?;
        let reply = self.requests.one(&BulkStatements::stored(table, ids)).await?;
        let mut stored = HashSet::with_capacity(reply.rows.len());
        for row in &reply.rows {
            stored.insert(Value::from(row.column(description, description.id_index())?));
        }
        let is_stored = |place: &&usize| id_at(place).is_some_and(|id| stored.contains(id));
        Ok(places.iter().find(is_stored).copied())
    }

    /// Judges the rows as they are stored after triggers ran, which may have changed them.
    pub(super) async fn judge_again(&self, ids: &[Value]) -> Result<(), Stop> {
        let (request, description) = (self.requests.request, self.requests.table.description());
        let guard = request.row.guard.as_deref();
        let is_delete = matches!(request.row.write, Write::Delete(..));
        if is_delete || (guard.is_none() && description.validation().is_none()) {
            return Ok(());
        }
        let ids_list = self.requests.ids(ids.iter())?;
        let reply = self
            .requests
            .one(&BulkStatements::stored(self.requests.table, ids_list))
            .await?;
        let rows: HashMap<&Value, &JudgedRow> = ids.iter().zip(self.rows).collect();
        for stored in &reply.rows {
            let stored = decode_row(description, stored)?;
            let Some(row) = rows.get(stored.get(description.id_index())) else {
                continue;
            };
            self.judge_one_again(row, &stored)
                .map_err(|error| row.error(self, error))?;
        }
        Ok(())
    }

    fn judge_one_again(&self, row: &JudgedRow, stored: &Record) -> Result<(), Error> {
        if let Some(guard) = self.requests.request.row.guard.as_deref() {
            match row {
                JudgedRow::New { .. } => guard.judge_create(stored)?,
                JudgedRow::Stored { old, .. } => guard.judge_update(old.known(), stored)?,
            }
        }
        caught(|| self.requests.table.description().validate(stored))
    }

    fn unknown_id(&self) -> Error {
        Error::storage(anyhow::anyhow!(
            "a trigger of the table `{}` creates the rows under ids that are not known, so that `create_many` can't return them",
            self.requests.table.name()
        ))
    }
}

/// What became of statements of single rows.
enum Sent {
    /// The rows that are written, without those that are gone.
    All(Vec<Row>),
    /// The row at this place refuses. Without a failure a trigger skipped it.
    Refused(usize, Option<Failure>),
}

impl JudgedRow {
    /// The id of a stored row.
    pub(crate) fn id(&self) -> Option<&Value> {
        match self {
            Self::New { .. } => None,
            Self::Stored { id, .. } => Some(id),
        }
    }

    /// The write of this row alone.
    fn write(&self, of_all: &Write) -> Write {
        match (self, of_all) {
            (Self::New { values, .. }, _) => Write::Create(values.clone()),
            (Self::Stored { id, .. }, Write::Update(_, values)) => Write::Update(id.clone(), values.clone()),
            (Self::Stored { id, .. }, _) => Write::Delete(id.clone(), None),
        }
    }

    /// Adds this row to an error.
    fn error(&self, chunk: &Chunk<'_>, error: Error) -> Error {
        let description = chunk.requests.table.description();
        match self {
            Self::New { place, .. } => at_place(description, *place)(error),
            Self::Stored { id, .. } => of_id(description, id)(error),
        }
    }
}
