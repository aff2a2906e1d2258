//! The rows that written values make.

use super::updated::Updated;
use super::{Description, Manager, Record, Values};
use crate::error::Error;
use crate::field::{FieldType as _, Value};

impl Values {
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
}

fn row_of<M: Manager>(record: Record) -> Result<M, Error> {
    M::from_record(record).map_err(|error| Error::record(M::DESCRIPTION, error))
}
