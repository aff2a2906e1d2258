//! A write of many rows at once.

use super::bulk_limits::{BulkClock, BulkLimits};
use super::{Write, WriteRequest};
use crate::error::{BulkRow, Error};
use crate::field::Value;
use crate::manager::{Description, Values};
use crate::query::{KnownRow, Select};

/// A write of many rows for the storage. It is carried out as a whole or not at all.
pub(crate) struct BulkRequest {
    /// The write of each row, without what is the row's own: the id of an update or a delete, and the values of a create.
    pub(crate) row: WriteRequest,
    pub(crate) rows: BulkRows,
    /// The fields that the framework fills at each update. An update that changes no other field writes nothing.
    pub(crate) filled: Vec<u16>,
    pub(crate) limits: BulkLimits,
}

/// The rows of a write of many rows.
#[derive(Clone)]
pub(crate) enum BulkRows {
    /// New rows of these values.
    New(Vec<Values>),
    /// The stored rows that match. The select has no page, and the condition of the caller's sight.
    Matching(Select),
}

/// The outcome of a write of many rows.
#[derive(Debug, Default)]
pub(crate) struct BulkWritten {
    /// The number of rows that were created, changed or deleted.
    pub(crate) rows: u64,
    /// The ids of created rows, in the order of their values.
    pub(crate) ids: Vec<Value>,
}

impl BulkRequest {
    /// The new values of each row of an update.
    pub(crate) fn values(&self) -> Option<&Values> {
        match &self.row.write {
            Write::Update(_, values) => Some(values),
            Write::Create(_) | Write::Delete(..) => None,
        }
    }

    /// The write of one row.
    pub(crate) fn row_of(&self, write: Write) -> WriteRequest {
        WriteRequest {
            write,
            guard: self.row.guard.clone(),
            expected_version: None,
            counts_as_changed: self.row.counts_as_changed,
            key: None,
            in_flight: self.row.in_flight.share(),
        }
    }

    /// The time limit, which begins now.
    pub(crate) fn clock(&self, description: &Description) -> BulkClock {
        self.limits.clock(description.name())
    }

    /// Whether an update of this row would change nothing but the fields that the framework fills.
    ///
    /// # Errors
    /// The refusal of the caller's rules, which comes first.
    pub(crate) fn leaves_unchanged<'r>(&self, row: impl Into<KnownRow<'r>>) -> Result<bool, Error> {
        let (row, Some(values)) = (row.into(), self.values()) else {
            return Ok(false);
        };
        if self.filled.is_empty() || self.row.counts_as_changed {
            return Ok(false);
        }
        let mut given = values.iter().filter(|(field, _)| !self.filled.contains(field));
        if !given.all(|(field, value)| row.get(field) == Some(value)) {
            return Ok(false);
        }
        if let Some(guard) = &self.row.guard {
            guard.judge_update(row, row)?;
        }
        Ok(true)
    }
}

/// Adds the new row of this place to an error.
pub(crate) fn at_place(description: &Description, place: usize) -> impl FnOnce(Error) -> Error {
    let manager = description.name();
    move |error| Error::of_row(manager, BulkRow::Place(place as u64), error)
}

/// Adds the stored row of this id to an error.
pub(crate) fn of_id(description: &Description, id: &Value) -> impl FnOnce(Error) -> Error {
    let (manager, id) = (description.name(), crate::error::IdText::of(id));
    move |error| Error::of_row(manager, BulkRow::Id(id), error)
}
