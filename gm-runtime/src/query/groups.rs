//! The numbers of rows by the values of a field.

use std::collections::HashMap;

use super::compare::compare_in;
use super::{Direction, KnownRow};
use crate::error::{Error, QueryError, RecordError};
use crate::field::{FieldType, Value};
use crate::manager::{Description, bytes_of};

/// The field by whose values rows are counted, and the limits of the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupBy {
    pub(crate) field: u16,
    /// The most values.
    pub(crate) max_groups: u64,
    /// The most bytes of memory that the values take, as estimated.
    pub(crate) max_bytes: u64,
}

impl GroupBy {
    /// The error for too many values.
    pub(crate) fn too_many(self, description: &Description) -> Error {
        Error::Query(QueryError::TooManyGroups {
            manager: description.name(),
            field: description.field(self.field).name(),
            limit: self.max_groups,
        })
    }
}

/// The most values in an answer to another service.
pub(crate) const MAX_GROUPS: u64 = 1_000;

/// The numbers of rows by the values of a field. The greatest number comes first, and equal ones are in the order of their values,
/// null last.
#[derive(Debug)]
pub(crate) struct Groups {
    description: &'static Description,
    field: u16,
    pub(crate) counts: Vec<(Value, u64)>,
    /// The number of rows whose value can't be read, and the error of the first one.
    pub(crate) unreadable: Option<(u64, Error)>,
}

impl Groups {
    /// No rows.
    pub(crate) fn none(description: &'static Description, field: u16) -> Self {
        Self {
            description,
            field,
            counts: Vec::new(),
            unreadable: None,
        }
    }

    /// The number of all rows.
    pub(crate) fn total(&self) -> u64 {
        let readable = self.counts.iter().map(|(_, rows)| *rows);
        let unreadable = self.unreadable.as_ref().map(|(rows, _)| *rows);
        readable.chain(unreadable).fold(0, u64::saturating_add)
    }

    /// The estimated bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        let values = self
            .counts
            .iter()
            .map(|(value, _)| bytes_of(std::slice::from_ref(value)));
        values
            .map(|bytes| bytes.saturating_add(size_of::<u64>()))
            .fold(0, usize::saturating_add)
    }

    /// The numbers with the values of their type.
    ///
    /// # Errors
    /// [`Error::Record`] for a value that is not one of the field.
    pub(crate) fn typed<T: FieldType>(&self) -> Result<Vec<(T, u64)>, Error> {
        if let Some((_, error)) = &self.unreadable {
            return Err(error.clone());
        }
        let typed = |(value, rows): &(Value, u64)| {
            T::from_value(value.clone())
                .map(|value| (value, *rows))
                .map_err(|source| {
                    let (field, row) = (self.field, None);
                    Error::record(self.description, RecordError { field, row, source })
                })
        };
        self.counts.iter().map(typed).collect()
    }
}

/// Counts rows by the values of a field.
pub(crate) struct GroupCounter {
    description: &'static Description,
    by: GroupBy,
    counts: HashMap<Value, u64>,
    bytes: u64,
    unreadable: Option<(u64, Error)>,
}

impl GroupCounter {
    pub(crate) fn new(description: &'static Description, by: GroupBy) -> Self {
        Self {
            description,
            by,
            counts: HashMap::new(),
            bytes: 0,
            unreadable: None,
        }
    }

    /// The index of the field.
    pub(crate) fn field(&self) -> u16 {
        self.by.field
    }

    /// Counts a row.
    ///
    /// # Errors
    /// [`QueryError::AbsentField`] for a row whose value another service left out, and [`QueryError::TooManyGroups`].
    pub(crate) fn add_row(&mut self, row: KnownRow<'_>) -> Result<(), Error> {
        match row.get(self.by.field) {
            Some(value) => self.add(value.clone(), 1),
            None => Err(Error::Query(QueryError::AbsentField {
                manager: self.description.name(),
                field: self.description.field(self.by.field).name(),
            })),
        }
    }

    /// Counts rows with this value.
    ///
    /// # Errors
    /// [`QueryError::TooManyGroups`].
    pub(crate) fn add(&mut self, value: Value, rows: u64) -> Result<(), Error> {
        if let Some(counted) = self.counts.get_mut(&value) {
            *counted = counted.saturating_add(rows);
            return Ok(());
        }
        let bytes = bytes_of(std::slice::from_ref(&value)) as u64;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.counts.len() as u64 >= self.by.max_groups || self.bytes > self.by.max_bytes {
            return Err(self.by.too_many(self.description));
        }
        self.counts.insert(value, rows);
        Ok(())
    }

    /// Counts rows whose value can't be read.
    ///
    /// # Errors
    /// The error, if it is not about the value.
    pub(crate) fn omit(&mut self, error: Error, rows: u64) -> Result<(), Error> {
        if !matches!(error, Error::Record { .. }) {
            return Err(error);
        }
        let (omitted, _) = self.unreadable.get_or_insert((0, error));
        *omitted = omitted.saturating_add(rows);
        Ok(())
    }

    pub(crate) fn finish(self) -> Groups {
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_by(|(left, left_rows), (right, right_rows)| {
            let by_rows = right_rows.cmp(left_rows);
            by_rows.then_with(|| compare_in(Direction::Ascending, left, right))
        });
        Groups {
            description: self.description,
            field: self.by.field,
            counts,
            unreadable: self.unreadable,
        }
    }
}
