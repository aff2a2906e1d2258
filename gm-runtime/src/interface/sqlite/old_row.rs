//! The row before its update or its deletion.

use rusqlite::Connection;

use super::table::Table;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{DatabaseRow, with_row_id};
use crate::manager::{Record, Values};
use crate::query::KnownRow;

/// A row before its update or its deletion.
pub(super) struct OldRow {
    pub(super) row: Record,
    /// The fields whose stored value can't be decoded.
    unreadable: Vec<u16>,
    /// The errors of these fields.
    errors: Vec<Error>,
}

impl OldRow {
    /// The row for the judgement of a guard.
    pub(super) fn known(&self) -> KnownRow<'_> {
        KnownRow {
            row: self.row.values(),
            unknown: &self.unreadable,
        }
    }

    /// Moves the row out, which means nothing afterwards.
    pub(super) fn take_row(&mut self) -> Record {
        std::mem::replace(&mut self.row, Record::new(Vec::new()))
    }

    /// The row as an image of a change. `None` if a field can't be decoded.
    pub(super) fn image(&self) -> Option<&Record> {
        self.unreadable.is_empty().then_some(&self.row)
    }

    /// Whether the stored value of the field is another one.
    pub(super) fn differs(&self, field: u16, value: &Value) -> bool {
        self.unreadable.contains(&field) || self.row.get(field) != value
    }

    /// The row with these values, and the fields that stay unreadable.
    pub(super) fn with_values(&self, values: &Values) -> (Record, Vec<u16>) {
        let unreadable = self.unreadable.iter().copied();
        let unreadable = unreadable.filter(|field| values.get(*field).is_none());
        (values.updated(&self.row), unreadable.collect())
    }

    /// Refuses an unreadable field, unless the update sets it.
    pub(super) fn require_readable(&mut self, values: &Values) -> Result<(), Error> {
        let unreadable = self.unreadable.iter();
        match unreadable
            .zip(self.errors.drain(..))
            .find(|(field, _)| values.get(**field).is_none())
        {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }
}

impl Table {
    /// The row before its update or its deletion, if there is one.
    pub(super) fn old_row(&self, connection: &Connection, id: &Value) -> Result<Option<OldRow>, Error> {
        let mut statement = self.prepare(connection, &self.get)?;
        let mut rows = statement
            .query([self.encode_id(id)?])
            .map_err(|error| self.error(error))?;
        let Some(stored) = rows.next().map_err(|error| self.error(error))? else {
            return Ok(None);
        };
        let mut row = Vec::with_capacity(self.description().fields().len());
        let (mut unreadable, mut errors) = (Vec::new(), Vec::new());
        for (index, _) in (0_u16..).zip(self.description().fields()) {
            row.push(match stored.column(self.description(), index) {
                Ok(value) => value.into(),
                Err(error @ Error::Record { .. }) => {
                    unreadable.push(index);
                    errors.push(with_row_id(self.description(), stored, error));
                    Value::Null
                }
                Err(error) => return Err(error),
            });
        }
        Ok(Some(OldRow {
            row: Record::new(row),
            unreadable,
            errors,
        }))
    }
}
