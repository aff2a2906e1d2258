//! What the rows of a query become.

#[cfg(feature = "server")]
use std::sync::Arc;

use rusqlite::Row;

#[cfg(feature = "server")]
use super::values::Column;
use super::values::column;
use crate::error::Error;
use crate::manager::{Description, Records};
#[cfg(feature = "server")]
use crate::protocol::reply::{Items, RowWriter};
#[cfg(feature = "server")]
use crate::protocol::values;

/// Takes rows as they are read.
pub(super) trait Rows {
    /// Adds a row of every field, in the description's order.
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error>;
}

impl Rows for Records {
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error> {
        for (place, value) in (0_u16..).zip(self.add()) {
            *value = column(description, row, place, description.field(place))?.into();
        }
        Ok(())
    }
}

/// Rows as the JSON of a reply, with no record of each between: text goes from SQLite's memory into the reply.
#[cfg(feature = "server")]
pub(super) struct JsonRows {
    writer: Arc<RowWriter>,
    items: Items,
}

#[cfg(feature = "server")]
impl JsonRows {
    /// No rows yet, with room for this many.
    pub(super) fn new(writer: Arc<RowWriter>, rows: usize) -> Self {
        Self {
            writer,
            items: Items::of(rows),
        }
    }

    pub(super) fn into_items(self) -> Items {
        self.items
    }
}

#[cfg(feature = "server")]
impl Rows for JsonRows {
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error> {
        self.writer.row(&mut self.items, |place, out| {
            match column(description, row, place, description.field(place))? {
                Column::Text(text) => values::write_text(text, out),
                Column::Bytes(bytes) => values::write_bytes(bytes, out),
                Column::Other(value) => values::write(&value, out),
            }
            Ok(())
        })
    }
}
