//! Rows from the values of a write.

use super::updated::Updated;
use super::{Description, Manager, Record, Values};
use crate::error::Error;
use crate::field::{FieldType as _, Value};

impl Values {
    /// The row of a create with these values, for storage of the application. A field without a value is null.
    ///
    /// # Errors
    /// - [`Error::Storage`] if the id is an `i64`, which the storage assigns: use
    ///   [`to_row_with_id`](Self::to_row_with_id).
    /// - [`Error::Record`] if a value does not fit its field. An [`Interface`](crate::interface::Interface) receives such values
    ///   only if it replaces another service and has not set the fields that the owner fills.
    pub fn to_row<M: Manager>(&self) -> Result<M, Error> {
        self.require_id(M::DESCRIPTION)?;
        row_of(self.to_record::<M>())
    }

    /// The row of a create with these values and the `i64` that the storage assigned as the id.
    ///
    /// # Errors
    /// [`Error::Record`], as for [`to_row`](Self::to_row).
    pub fn to_row_with_id<M: Manager>(&self, id: M::Id) -> Result<M, Error> {
        let mut record = self.to_record::<M>();
        record.set(M::DESCRIPTION.id_index(), id.into_value());
        row_of(record)
    }

    /// Requires a value for an id that the storage assigns.
    fn require_id(&self, description: &Description) -> Result<(), Error> {
        if !description.id_assigned() || self.get(description.id_index()).is_some() {
            return Ok(());
        }
        let (manager, id) = (description.name(), description.id_field().name());
        Err(Error::storage(anyhow::anyhow!(
            "the storage assigns `{manager}`.`{id}`: create the row with `Values::to_row_with_id`"
        )))
    }

    fn to_record<M: Manager>(&self) -> Record {
        let fields = (0..).take(M::DESCRIPTION.fields().len());
        let value = |field| self.get(field).cloned().unwrap_or(Value::Null);
        Record::new(fields.map(value).collect())
    }

    /// This row after an update with these values, and whether a value changed.
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
}

fn row_of<M: Manager>(record: Record) -> Result<M, Error> {
    M::from_record(record).map_err(|error| Error::record(M::DESCRIPTION, error))
}
