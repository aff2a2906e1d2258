//! The results of a query: records, or the JSON of a reply.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::decode::{Column, column};
use crate::error::{Error, IdText};
use crate::field::Value;
use crate::manager::{Description, Records};
use crate::protocol::items::{Items, RowWriter};
use crate::protocol::values;

/// Receives rows as they are read.
pub(super) trait RowSink {
    /// Adds a row. Its columns are all fields in the order of the description.
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error>;

    /// Handles a row of a query that can't be decoded. The query fails, unless the result can report omitted rows.
    fn omit(&mut self, unreadable: Error) -> Result<(), Error> {
        Err(unreadable)
    }
}

/// Adds the row's id to the error of a row that can't be decoded.
pub(super) fn with_row_id(description: &'static Description, row: &Row<'_>, mut error: Error) -> Error {
    if let Error::Record { row: id, .. } = &mut error {
        *id = match row.get_ref(usize::from(description.id_index())) {
            Ok(ValueRef::Integer(id)) => Some(IdText::of(&Value::Integer(id))),
            Ok(ValueRef::Text(id)) => Some(IdText::of_text(&String::from_utf8_lossy(id), true)),
            _ => None,
        };
    }
    error
}

impl RowSink for Records {
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error> {
        for (index, value) in (0_u16..).zip(self.add()) {
            *value = column(description, row, index, description.field(index))?.into();
        }
        Ok(())
    }
}

/// Rows as the JSON of a reply. Values go from SQLite's memory into the reply without a record in between.
pub(super) struct JsonRows {
    writer: Arc<RowWriter>,
    items: Items,
    unreadable: Vec<Error>,
}

/// The most unreadable rows of one reply that are logged.
const MAX_LOGGED: usize = 10;

impl JsonRows {
    /// An empty result with memory reserved for this many rows.
    pub(super) fn new(writer: Arc<RowWriter>, rows: usize) -> Self {
        Self {
            writer,
            items: Items::of(rows),
            unreadable: Vec::new(),
        }
    }

    pub(super) fn into_items(self) -> Items {
        self.items
    }

    /// The rows of a reply that reports the number of omitted rows.
    ///
    /// # Errors
    /// All rows are unreadable. An empty reply would mean that no row matches.
    pub(super) fn into_readable(self) -> Result<Items, Error> {
        let all_omitted = self.items.is_all_left_out();
        for error in self.unreadable {
            if all_omitted {
                return Err(error);
            }
            tracing::error!(
                "an unreadable row was omitted from a reply, which reports it; an update of the field repairs it: {error}"
            );
        }
        Ok(self.items)
    }
}

impl RowSink for JsonRows {
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error> {
        self.writer.row(&mut self.items, |index, out| {
            match column(description, row, index, description.field(index))? {
                Column::Text(text) => values::write_text(text, out),
                Column::Bytes(bytes) => values::write_bytes(bytes, out),
                Column::Other(value) => values::write(&value, out),
            }
            Ok(())
        })
    }

    fn omit(&mut self, unreadable: Error) -> Result<(), Error> {
        if !matches!(unreadable, Error::Record { .. }) {
            return Err(unreadable);
        }
        if self.unreadable.len() < MAX_LOGGED {
            self.unreadable.push(unreadable);
        }
        self.items.leave_out();
        Ok(())
    }
}
