//! The values of a create or an update.

use super::Record;
use crate::field::Value;

/// The values of a create or an update. A field without a value keeps its value, or gets its default in a new row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    // A sorted vector, which is faster than a map for few fields.
    values: Vec<(u16, Value)>,
    history_comment: Option<String>,
}

impl Values {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of the field with this index. The last value counts.
    pub fn set(&mut self, field: u16, value: Value) {
        match self.values.binary_search_by_key(&field, |(field, _)| *field) {
            Ok(index) => {
                if let Some(slot) = self.values.get_mut(index) {
                    slot.1 = value;
                }
            }
            Err(index) => self.values.insert(index, (field, value)),
        }
    }

    /// Removes the value of the field with this index.
    pub(crate) fn remove(&mut self, field: u16) {
        self.values.retain(|(known, _)| *known != field);
    }

    /// The value of the field with this index.
    #[must_use]
    pub fn get(&self, field: u16) -> Option<&Value> {
        let index = self
            .values
            .binary_search_by_key(&field, |(field, _)| *field)
            .ok()?;
        self.values.get(index).map(|(_, value)| value)
    }

    /// The fields and their values, in the description's order.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &Value)> {
        self.values.iter().map(|(field, value)| (*field, value))
    }

    /// The record of a create with these values, for a manager with this number of fields, before an id is assigned.
    pub(crate) fn into_record(self, fields: usize) -> Record {
        let mut record = Record::new(vec![Value::Null; fields]);
        for (field, value) in self.values {
            record.set(field, value);
        }
        record
    }

    /// The row with these values in place of its own.
    pub(crate) fn updated(&self, row: &Record) -> Record {
        let mut row = row.clone();
        for (field, value) in self.iter() {
            row.set(field, value.clone());
        }
        row
    }

    /// Whether no field has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The caller's reason of the write.
    #[must_use]
    pub fn history_comment(&self) -> Option<&str> {
        self.history_comment.as_deref()
    }

    /// Sets the reason of the write.
    pub fn set_history_comment(&mut self, comment: Option<String>) {
        self.history_comment = comment;
    }
}

impl IntoIterator for Values {
    type Item = (u16, Value);
    type IntoIter = std::vec::IntoIter<(u16, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}
