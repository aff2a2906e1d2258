//! What the rows of a query become.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::values::Column;
use super::values::column;
use crate::error::Error;
use crate::manager::{Description, Records};
use crate::protocol::items::{Items, RowWriter};
use crate::protocol::values;

/// Takes rows as they are read.
pub(super) trait Rows {
    /// Adds a row of every field, in the description's order.
    fn push(&mut self, description: &'static Description, row: &Row<'_>) -> Result<(), Error>;

    /// Goes on without one of several rows that can't be read, where what becomes of them can say so.
    fn leave_out(&mut self, unreadable: Error) -> Result<(), Error> {
        Err(unreadable)
    }
}

/// The error of a row that can't be read, with its id: nothing else tells which one it is.
pub(super) fn of_row(description: &'static Description, row: &Row<'_>, error: Error) -> Error {
    let Error::Record {
        manager,
        field,
        message,
    } = error
    else {
        return error;
    };
    let id = match row.get_ref(usize::from(description.id_index())) {
        Ok(ValueRef::Integer(id)) => id.to_string(),
        Ok(ValueRef::Text(id)) => format!("{:?}", String::from_utf8_lossy(id)),
        _ => "that can't be read either".to_owned(),
    };
    Error::Record {
        manager,
        field,
        message: format!("{message}, in the row of id {id}"),
    }
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
pub(super) struct JsonRows {
    writer: Arc<RowWriter>,
    items: Items,
    unreadable: Vec<Error>,
}

/// Rows of one answer that the log names.
const NAMED: usize = 10;

impl JsonRows {
    /// No rows yet, with room for this many.
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

    /// The rows of an answer that says how many were left out.
    ///
    /// # Errors
    /// Where none of them can be read: an answer without rows would be taken for one to a query that none matches.
    pub(super) fn into_readable(self) -> Result<Items, Error> {
        let is_nothing_left = self.items.is_all_left_out();
        for error in self.unreadable {
            if is_nothing_left {
                return Err(error);
            }
            tracing::error!(
                "a row was left out of an answer, which says so; an update of the field mends it: {error}"
            );
        }
        Ok(self.items)
    }
}

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

    fn leave_out(&mut self, unreadable: Error) -> Result<(), Error> {
        if !matches!(unreadable, Error::Record { .. }) {
            return Err(unreadable);
        }
        if self.unreadable.len() < NAMED {
            self.unreadable.push(unreadable);
        }
        self.items.leave_out();
        Ok(())
    }
}
