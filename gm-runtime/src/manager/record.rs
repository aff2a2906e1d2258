//! A row without its type.

use crate::field::{Value, ValueError};

/// A row without its type: one value for each field, in the description's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    values: Vec<Value>,
}

/// A value of a record that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field}: {source}")]
pub struct RecordError {
    /// The field's place in the description.
    pub field: u16,
    /// What was expected.
    pub source: ValueError,
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

    /// Moves the value of the field at this place out, as what `from` makes of it.
    ///
    /// # Errors
    /// Those of `from`.
    pub fn take<T>(
        &mut self,
        field: u16,
        from: fn(Value) -> Result<T, ValueError>,
    ) -> Result<T, RecordError> {
        let value = self
            .values
            .get_mut(usize::from(field))
            .map(|value| std::mem::replace(value, Value::Null));
        from(value.unwrap_or(Value::Null)).map_err(|source| RecordError { field, source })
    }
}
