//! A row of a database, as its driver gives it.

use crate::error::{Error, IdText};
use crate::field::Value;
use crate::manager::Description;

/// A value of a row. Text and bytes are borrowed from the driver's memory.
pub(crate) enum Column<'r> {
    Text(&'r str),
    Bytes(&'r [u8]),
    Other(Value),
}

impl From<Column<'_>> for Value {
    fn from(column: Column<'_>) -> Self {
        match column {
            Column::Text(text) => Self::Text(text.to_owned()),
            Column::Bytes(bytes) => Self::Bytes(bytes.into()),
            Column::Other(value) => value,
        }
    }
}

/// A row of a database. Its columns are all fields in the order of the description.
pub(crate) trait DatabaseRow {
    /// Decodes the value of the field with this index.
    ///
    /// # Errors
    /// [`Error::Record`], without the row's id, for a value that another program wrote and that does not fit the field.
    fn column(&self, description: &'static Description, index: u16) -> Result<Column<'_>, Error>;

    /// Decodes the value of the field with this index, which is in the column at another place.
    fn column_at(
        &self,
        description: &'static Description,
        place: usize,
        index: u16,
    ) -> Result<Column<'_>, Error>;

    /// The text of the row's id for an error. `None` for an id of another type.
    fn id_text(&self, description: &'static Description) -> Option<IdText>;
}

/// Adds the row's id to the error of a row that can't be decoded.
pub(crate) fn with_row_id(
    description: &'static Description,
    row: &impl DatabaseRow,
    mut error: Error,
) -> Error {
    if let Error::Record { row: id, .. } = &mut error {
        *id = row.id_text(description);
    }
    error
}
