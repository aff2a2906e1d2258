//! The values that a create or an update gives.

use super::updated::Updated;
use super::{Description, Manager, Record};
use crate::error::Error;
use crate::field::{FieldType, Value};

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

    /// The row that a create of these values makes: for storage of an application's own. A field that is not given is
    /// null.
    ///
    /// # Errors
    /// [`Error::Storage`] when the id is an `i64`: that is for the storage to assign, by
    /// [`to_row_with_id`](Self::to_row_with_id). [`Error::Record`] when a value does not fit its field. Of values that
    /// an [`Interface`](crate::interface::Interface) was given that can only be where it stands in for another service, and
    /// has not filled what the owner would.
    pub fn to_row<M: Manager>(&self) -> Result<M, Error> {
        self.require_id(M::DESCRIPTION)?;
        row_of(self.to_record::<M>())
    }

    /// The same for rows whose id is an `i64`, which the storage assigns.
    ///
    /// # Errors
    /// [`Error::Record`], as for [`to_row`](Self::to_row).
    pub fn to_row_with_id<M: Manager>(&self, id: M::Id) -> Result<M, Error> {
        let mut record = self.to_record::<M>();
        record.set(M::DESCRIPTION.id_index(), id.into_value());
        row_of(record)
    }

    /// The row of so many fields that a create of these values makes, before an id is assigned.
    pub(crate) fn into_record(self, fields: usize) -> Record {
        let mut record = Record::new(vec![Value::Null; fields]);
        for (field, value) in self.values {
            record.set(field, value);
        }
        record
    }

    /// Whether the id is among them, where it is one that a storage assigns.
    fn require_id(&self, description: &Description) -> Result<(), Error> {
        if !description.id_assigned() || self.get(description.id_index()).is_some() {
            return Ok(());
        }
        let (manager, id) = (description.name(), description.id_field().name());
        Err(Error::storage(anyhow::anyhow!(
            "`{manager}`.`{id}` is for the storage to assign: make the row with `Values::to_row_with_id`"
        )))
    }

    fn to_record<M: Manager>(&self) -> Record {
        let fields = (0..).take(M::DESCRIPTION.fields().len());
        let value = |field| self.get(field).cloned().unwrap_or(Value::Null);
        Record::new(fields.map(value).collect())
    }

    /// This row after an update of these values, and whether anything is different.
    ///
    /// # Errors
    /// [`Error::Record`], as for [`to_row`](Self::to_row).
    pub fn applied_to<M: Manager>(&self, row: &M) -> Result<Updated<M>, Error> {
        let mut record = row.to_record();
        let changed = self.iter().any(|(field, value)| record.get(field) != value);
        for (field, value) in self.iter() {
            record.set(field, value.clone());
        }
        let row = row_of(record)?;
        Ok(Updated { row, changed })
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

fn row_of<M: Manager>(record: Record) -> Result<M, Error> {
    M::from_record(record).map_err(|error| Error::record(M::DESCRIPTION, error))
}

impl IntoIterator for Values {
    type Item = (u16, Value);
    type IntoIter = std::vec::IntoIter<(u16, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}
