//! Rows as one list of values, without the type of their struct.

use super::absent::AbsentInRows;
use super::{Description, Record};
use crate::field::Value;

/// Rows of one manager, with all values in one list, so that a page needs one allocation and not one for each row.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    values: Vec<Value>,
    /// The number of values of a row.
    width: usize,
    absent: AbsentInRows,
}

impl Records {
    /// No rows.
    pub(crate) fn new(description: &Description) -> Self {
        Self {
            values: Vec::new(),
            // A struct without fields does not compile. The minimum avoids a division by zero.
            width: description.fields().len().max(1),
            absent: AbsentInRows::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.width
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of each row, in the description's order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[Value]> {
        self.values.chunks_exact(self.width)
    }

    /// Each row, with the fields that are unknown since another service left them out.
    pub(crate) fn with_unknown(&self) -> impl ExactSizeIterator<Item = (&[Value], &[u16])> {
        let rows = self.iter().enumerate();
        rows.map(|(place, row)| (row, self.absent.of_row(place)))
    }

    pub(crate) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [Value]> {
        self.values.chunks_exact_mut(self.width)
    }

    /// Each row, with its unknown fields.
    pub(crate) fn known_mut(&mut self) -> impl Iterator<Item = (&mut [Value], &[u16])> {
        let absent = &self.absent;
        let rows = self.values.chunks_exact_mut(self.width).enumerate();
        rows.map(|(place, row)| (row, absent.of_row(place)))
    }

    /// The values of all rows.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// Adds a row of nulls.
    pub(crate) fn add(&mut self) -> &mut [Value] {
        let start = self.values.len();
        self.values.resize_with(start + self.width, Value::default);
        self.values.get_mut(start..).unwrap_or_default()
    }

    /// Adds a row of these values.
    pub(crate) fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        for (slot, value) in self.add().iter_mut().zip(values) {
            *slot = value;
        }
    }

    /// Sets which fields of the last row are unknown. They are null there. It is called for each row, or for none.
    pub(crate) fn set_unknown_of_last(&mut self, fields: &[u16]) {
        let last = self.len().saturating_sub(1);
        self.absent.set_last(last, fields);
    }

    /// The values of the last row.
    pub(crate) fn last(&self) -> Option<&[Value]> {
        self.values.chunks_exact(self.width).next_back()
    }

    /// The first row.
    pub(crate) fn into_first(mut self) -> Option<Record> {
        if self.is_empty() {
            return None;
        }
        self.values.truncate(self.width);
        Some(Record::new(self.values).with_absent(self.absent.into_first()))
    }
}
