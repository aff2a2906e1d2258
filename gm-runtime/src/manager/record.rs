//! A row without its type.

use crate::error::RecordError;
use crate::field::{Value, ValueError};

/// A row without its type: one value for each field, in the description's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    values: Vec<Value>,
}

impl Record {
    /// A row of these values.
    #[must_use]
    pub fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// The values, in the description's order.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut [Value] {
        &mut self.values
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The value of the field at this place; null where the record has none.
    #[must_use]
    pub fn get(&self, field: u16) -> &Value {
        self.values.get(usize::from(field)).unwrap_or(&Value::Null)
    }

    /// Sets the value of the field at this place.
    pub fn set(&mut self, field: u16, value: Value) {
        if let Some(place) = self.values.get_mut(usize::from(field)) {
            *place = value;
        }
    }
}

/// The values of a record, moved out one after the other, in the description's order.
///
/// Why one did not fit is kept here: the code that makes a row of them is compiled for each manager, and an error that is
/// handed on at each field would be most of it.
#[doc(hidden)]
#[derive(Debug)]
pub struct RowDecoder<'r> {
    values: std::slice::IterMut<'r, Value>,
    field: u16,
    failure: Option<RecordError>,
}

impl<'r> RowDecoder<'r> {
    pub(super) fn of(values: &'r mut [Value]) -> Self {
        Self {
            values: values.iter_mut(),
            field: 0,
            failure: None,
        }
    }

    /// The next field's value, null where the record has none, as what `from` makes of it.
    pub fn take<T>(&mut self, from: fn(Value) -> Result<T, ValueError>) -> Option<T> {
        let value = self.values.next().map(std::mem::take);
        let field = self.field;
        self.field = field.saturating_add(1);
        match from(value.unwrap_or_default()) {
            Ok(value) => Some(value),
            Err(source) => {
                self.failure.get_or_insert(RecordError { field, source });
                None
            }
        }
    }

    /// The first value that did not fit.
    pub(super) fn into_error(self) -> RecordError {
        self.failure.unwrap_or_else(|| RecordError {
            field: self.field,
            source: ValueError::new("expected a value of the field's type"),
        })
    }
}
