//! A row as a list of values, without the type of its struct.

use super::absent::AbsentFields;
use super::row_id::RowId;
use crate::error::RecordError;
use crate::field::{Value, ValueError};

/// A row as a list of values, one for each field in the description's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    values: Vec<Value>,
    absent: AbsentFields,
}

impl Record {
    /// A row of these values.
    #[must_use]
    pub fn new(values: Vec<Value>) -> Self {
        Self {
            values,
            absent: AbsentFields::default(),
        }
    }

    /// The same row, whose values of these fields are unknown.
    pub(super) fn with_absent(mut self, absent: AbsentFields) -> Self {
        self.absent = absent;
        self
    }

    /// The fields whose values are unknown, since another service left them out. They are null here.
    pub(crate) fn absent(&self) -> &[u16] {
        self.absent.as_slice()
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

    /// The value of the field with this index. Null if the record has none.
    #[must_use]
    pub fn get(&self, field: u16) -> &Value {
        self.values.get(usize::from(field)).unwrap_or(&Value::Null)
    }

    /// Sets the value of the field with this index.
    pub fn set(&mut self, field: u16, value: Value) {
        if let Some(slot) = self.values.get_mut(usize::from(field)) {
            *slot = value;
            self.absent.remove(field);
        }
    }
}

/// A decoder of a row: it moves the values out of a record in the description's order.
///
/// It stores the first error. The code that builds a row is compiled for each manager, and returning the error at each field
/// would be most of that code.
#[doc(hidden)]
#[derive(Debug)]
pub struct RowDecoder<'r> {
    values: std::slice::IterMut<'r, Value>,
    field: u16,
    failure: Option<(u16, ValueError)>,
}

impl<'r> RowDecoder<'r> {
    pub(super) fn of(values: &'r mut [Value]) -> Self {
        Self {
            values: values.iter_mut(),
            field: 0,
            failure: None,
        }
    }

    /// The value of the next field, converted by `from`. Null if the record has none.
    pub fn take<T>(&mut self, from: fn(Value) -> Result<T, ValueError>) -> Option<T> {
        let value = self.values.next().map(std::mem::take);
        let field = self.field;
        self.field = field.saturating_add(1);
        match from(value.unwrap_or_default()) {
            Ok(value) => Some(value),
            Err(source) => {
                self.failure.get_or_insert((field, source));
                None
            }
        }
    }

    /// The error of the first value that does not fit its field.
    pub(super) fn into_error(self, id: &RowId) -> RecordError {
        let (field, source) = self.failure.unwrap_or_else(|| {
            let source = ValueError::new("expected a value of the field's type");
            (self.field, source)
        });
        let row = id.text();
        RecordError { field, row, source }
    }
}
