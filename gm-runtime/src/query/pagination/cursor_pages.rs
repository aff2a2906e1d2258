//! The checks of reading all rows by cursors.

use super::limits::MAX_PAGES_WITHOUT_NEW_ROWS;
use crate::error::QueryError;
use crate::field::Value;
use crate::query::{Cursor, NextPage};

/// Reads all rows of a query by cursors: each page begins behind the last row of the page before. It checks that an owner's
/// pages make progress. It holds one cursor and one id, however many pages there are.
#[derive(Debug)]
pub(crate) struct CursorPages {
    manager: &'static str,
    /// The id of the last row of the last page.
    last: Option<Value>,
    /// How many pages in a row brought no new row.
    pages_without_new_rows: u32,
    pages: u64,
    /// The cursor of the page whose number is the greatest power of two so far. A cycle of any length leads back to one of
    /// them (Brent's algorithm).
    remembered: Option<Cursor>,
}

impl CursorPages {
    pub(crate) fn new(manager: &'static str) -> Self {
        Self {
            manager,
            last: None,
            pages_without_new_rows: 0,
            pages: 0,
            remembered: None,
        }
    }

    /// The id of the last row of the last page.
    pub(crate) fn into_last(self) -> Option<Value> {
        self.last
    }

    /// Adds a page with the id of its last row, if it has rows. `has_new`: whether a row of the page is known to be new.
    ///
    /// A row that was moved behind the position comes again, so that a few pages without a new row are no error.
    ///
    /// # Errors
    /// [`QueryError::EndlessCursors`] if rows should follow, and the page has none, or its cursor was there before. Also if
    /// several pages in a row brought no new row.
    pub(crate) fn add(
        &mut self,
        last: Option<Value>,
        has_new: bool,
        next: &NextPage,
    ) -> Result<(), QueryError> {
        let is_empty = last.is_none();
        let has_new = has_new && last != self.last;
        self.last = last.or(self.last.take());
        self.pages = self.pages.saturating_add(1);
        self.pages_without_new_rows = match has_new {
            true => 0,
            false => self.pages_without_new_rows.saturating_add(1),
        };
        if matches!(next, NextPage::End | NextPage::Unknown) {
            return Ok(());
        }
        let is_repeated = match next {
            NextPage::At(cursor) => self.remembered.as_ref() == Some(cursor),
            _ => false,
        };
        if is_empty || is_repeated || self.pages_without_new_rows > MAX_PAGES_WITHOUT_NEW_ROWS {
            return Err(QueryError::EndlessCursors {
                manager: self.manager,
            });
        }
        if let NextPage::At(cursor) = next
            && self.pages.is_power_of_two()
        {
            self.remembered = Some(cursor.clone());
        }
        Ok(())
    }
}
