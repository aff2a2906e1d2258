//! The values that a create or an update gives.

use super::Record;
use crate::field::Value;

/// The fields that a create or an update gives, and their values; a field that is not here keeps its value, or takes
/// its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    // A handful of fields: a sorted vector beats a map.
    values: Vec<(u16, Value)>,
    history_comment: Option<String>,
}

impl Values {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the field at this place a value; the last one counts.
    pub fn set(&mut self, field: u16, value: Value) {
        match self.values.binary_search_by_key(&field, |(field, _)| *field) {
            Ok(place) => {
                if let Some(slot) = self.values.get_mut(place) {
                    slot.1 = value;
                }
            }
            Err(place) => self.values.insert(place, (field, value)),
        }
    }

    /// The value given to the field at this place.
    #[must_use]
    pub fn get(&self, field: u16) -> Option<&Value> {
        let place = self
            .values
            .binary_search_by_key(&field, |(field, _)| *field)
            .ok()?;
        self.values.get(place).map(|(_, value)| value)
    }

    /// The fields and their values, in the description's order.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &Value)> {
        self.values.iter().map(|(field, value)| (*field, value))
    }

    /// The row of so many fields that a create of these values makes, before an id is assigned.
    pub(crate) fn into_record(self, fields: usize) -> Record {
        let mut record = Record::new(vec![Value::Null; fields]);
        for (field, value) in self.values {
            record.set(field, value);
        }
        record
    }

    /// Whether no field is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Why the row is written, in the caller's words.
    #[must_use]
    pub fn history_comment(&self) -> Option<&str> {
        self.history_comment.as_deref()
    }

    /// Says why the row is written.
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
