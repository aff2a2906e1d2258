//! Rows without their type.

use super::Description;
use super::Record;
use crate::field::Value;

/// Rows of one manager without their type, their values in one run: a page then has one list of values, and not one for
/// each row.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    values: Vec<Value>,
    /// How many values a row has.
    width: usize,
}

impl Records {
    /// No rows.
    pub(crate) fn new(description: &Description) -> Self {
        Self {
            values: Vec::new(),
            // A description without fields is that of a struct that does not compile.
            width: description.fields().len().max(1),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.width
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Each row's values, in the description's order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[Value]> {
        self.values.chunks_exact(self.width)
    }

    pub(crate) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [Value]> {
        self.values.chunks_exact_mut(self.width)
    }

    /// The values of all rows.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// A new row, of nulls.
    pub(crate) fn add(&mut self) -> &mut [Value] {
        let start = self.values.len();
        self.values.resize_with(start + self.width, Value::default);
        self.values.get_mut(start..).unwrap_or_default()
    }

    /// A new row of these values.
    pub(crate) fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        for (place, value) in self.add().iter_mut().zip(values) {
            *place = value;
        }
    }

    /// The first row.
    pub(crate) fn into_first(mut self) -> Option<Record> {
        if self.is_empty() {
            return None;
        }
        self.values.truncate(self.width);
        Some(Record::new(self.values))
    }
}
