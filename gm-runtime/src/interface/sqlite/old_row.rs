//! Reads the row before its update or its deletion.

use rusqlite::Connection;

use super::table::Table;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::OldRow;

impl Table {
    /// The row before its update or its deletion, if there is one.
    pub(super) fn old_row(&self, connection: &Connection, id: &Value) -> Result<Option<OldRow>, Error> {
        let mut statement = self.prepare(connection, &self.get)?;
        let mut rows = statement
            .query([self.encode_id(id)?])
            .map_err(|error| self.error(error))?;
        match rows.next().map_err(|error| self.error(error))? {
            Some(stored) => OldRow::decode(self.description(), stored).map(Some),
            None => Ok(None),
        }
    }
}
