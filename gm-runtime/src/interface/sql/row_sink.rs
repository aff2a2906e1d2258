//! The results of a query: records, or the JSON of a reply.

use std::sync::Arc;

use super::paging::PageEnd;
use super::row::{Column, DatabaseRow};
use crate::error::Error;
use crate::field::Value;
use crate::manager::{Description, Records};
use crate::protocol::cursor::{self, NextCursor};
use crate::protocol::items::{Items, ItemsPage, RowWriter};
use crate::protocol::values;
use crate::query::OrderBy;

/// Receives rows as they are read.
pub(crate) trait RowSink {
    /// Adds a row.
    fn push(&mut self, description: &'static Description, row: &impl DatabaseRow) -> Result<(), Error>;

    /// Receives the last row of a full page, behind which further rows may follow in this ordering.
    fn end_page(
        &mut self,
        _description: &'static Description,
        _ordering: &[OrderBy],
        _row: &impl DatabaseRow,
    ) {
    }

    /// Handles a row of a query that can't be decoded. The query fails, unless the result can report omitted rows.
    fn omit(&mut self, unreadable: Error) -> Result<(), Error> {
        Err(unreadable)
    }
}

impl RowSink for Records {
    fn push(&mut self, description: &'static Description, row: &impl DatabaseRow) -> Result<(), Error> {
        for (index, value) in (0_u16..).zip(self.add()) {
            *value = row.column(description, index)?.into();
        }
        Ok(())
    }
}

/// Rows as the JSON of a reply. Values go from the driver's memory into the reply without a record in between.
pub(crate) struct JsonRows {
    writer: Arc<RowWriter>,
    items: Items,
    unreadable: Vec<Error>,
    /// The cursor behind the last row of a full page.
    cursor: Option<String>,
}

/// The most unreadable rows of one reply that are logged.
const MAX_LOGGED: usize = 10;

impl JsonRows {
    /// An empty result with memory reserved for this many rows.
    pub(crate) fn new(writer: Arc<RowWriter>, rows: usize) -> Self {
        Self {
            writer,
            items: Items::of(rows),
            unreadable: Vec::new(),
            cursor: None,
        }
    }

    pub(crate) fn into_items(self) -> Items {
        self.items
    }

    /// The page of a reply that reports the number of omitted rows.
    ///
    /// # Errors
    /// All rows are unreadable. An empty reply would mean that no row matches.
    pub(crate) fn into_page(mut self, end: PageEnd, page_size: Option<u64>) -> Result<ItemsPage, Error> {
        let next = match (end.has_more, self.cursor.take()) {
            (false, _) => NextCursor::End,
            (true, cursor) => cursor.map_or(NextCursor::Unknown, NextCursor::At),
        };
        Ok(ItemsPage {
            items: self.into_readable()?,
            total_count: end.total,
            page_size,
            next,
        })
    }

    fn into_readable(self) -> Result<Items, Error> {
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
    fn push(&mut self, description: &'static Description, row: &impl DatabaseRow) -> Result<(), Error> {
        if self.writer.has_computed() {
            let columns = (0_u16..).take(description.fields().len());
            let values = columns.map(|index| row.column(description, index).map(Value::from));
            let values: Vec<Value> = values.collect::<Result<_, _>>()?;
            return self.writer.record(&mut self.items, &values);
        }
        self.writer.row(&mut self.items, |index, out| {
            write_column(description, row, index, out)
        })
    }

    fn end_page(&mut self, description: &'static Description, ordering: &[OrderBy], row: &impl DatabaseRow) {
        self.cursor = cursor::text(description, ordering, |index, out| {
            write_column(description, row, index, out).ok()
        });
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

fn write_column(
    description: &'static Description,
    row: &impl DatabaseRow,
    index: u16,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    match row.column(description, index)? {
        Column::Text(text) => values::write_text(text, out),
        Column::Bytes(bytes) => values::write_bytes(bytes, out),
        Column::Other(value) => values::write(&value, out),
    }
    Ok(())
}
