//! The stored row before its update or its deletion.

use super::row::{DatabaseRow, with_row_id};
use crate::error::Error;
use crate::field::Value;
use crate::manager::{Description, Record, Values};
use crate::query::KnownRow;

/// A stored row before its update or its deletion.
///
/// Another program may have stored a value that does not fit its field. An update may repair such a row, so the field is
/// unreadable here, and does not fail the write.
#[derive(Clone)]
pub(crate) struct OldRow {
    row: Record,
    /// The fields whose stored value can't be decoded.
    unreadable: Vec<u16>,
    /// The errors of these fields.
    errors: Vec<Error>,
}

impl OldRow {
    /// Decodes a stored row.
    ///
    /// # Errors
    /// Any error of the database that is not about a value.
    pub(crate) fn decode(
        description: &'static Description,
        stored: &impl DatabaseRow,
    ) -> Result<Self, Error> {
        let mut row = Vec::with_capacity(description.fields().len());
        let (mut unreadable, mut errors) = (Vec::new(), Vec::new());
        for (index, _) in (0_u16..).zip(description.fields()) {
            row.push(match stored.column(description, index) {
                Ok(value) => value.into(),
                Err(error @ Error::Record { .. }) => {
                    unreadable.push(index);
                    errors.push(with_row_id(description, stored, error));
                    Value::Null
                }
                Err(error) => return Err(error),
            });
        }
        Ok(Self {
            row: Record::new(row),
            unreadable,
            errors,
        })
    }

    /// The row for the judgement of a guard.
    pub(crate) fn known(&self) -> KnownRow<'_> {
        KnownRow {
            row: self.row.values(),
            unknown: &self.unreadable,
        }
    }

    /// The row, where an unreadable field is null.
    pub(crate) fn row(&self) -> &Record {
        &self.row
    }

    /// Moves the row out, which means nothing afterwards.
    pub(crate) fn take_row(&mut self) -> Record {
        std::mem::replace(&mut self.row, Record::new(Vec::new()))
    }

    /// The row as an image of a change. `None` if a field can't be decoded.
    pub(crate) fn image(&self) -> Option<&Record> {
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

/// Decodes a stored row, all of whose fields must be readable.
pub(crate) fn decode_row(
    description: &'static Description,
    stored: &impl DatabaseRow,
) -> Result<Record, Error> {
    (0_u16..)
        .zip(description.fields())
        .map(|(index, _)| stored.column(description, index).map(Value::from))
        .collect::<Result<_, _>>()
        .map(Record::new)
        .map_err(|error| with_row_id(description, stored, error))
}
