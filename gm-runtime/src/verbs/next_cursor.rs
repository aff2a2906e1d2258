//! The cursor of the page that follows.

use crate::manager::Manager;
use crate::protocol::cursor;
use crate::query::{Cursor, NextPage, Rows};

impl<M: Manager> Rows<M> {
    /// The cursor behind the last of these rows, with which [`Query::after`](crate::Query::after) reads the page that follows.
    ///
    /// `None` if no row follows, and if these are all rows of a query. Also if no cursor can be had: another service or the
    /// application's own storage has none, or its text would exceed the limit of [`Cursor`]. A full page without a total may be
    /// followed by an empty one: pages of one or two rows, and pages of storage that does not know what follows.
    ///
    /// The cursor of rows of this service is made at the first call.
    #[must_use]
    pub fn next_cursor(&self) -> Option<&Cursor> {
        match &self.page.next {
            NextPage::Unknown | NextPage::End => None,
            NextPage::At(cursor) => Some(cursor),
            NextPage::Behind(ordering) => {
                let made = self.page.made_cursor.get_or_init(|| {
                    let last = self.last()?.to_record();
                    cursor::of_row(M::DESCRIPTION, ordering, last.values())
                });
                made.as_ref()
            }
        }
    }
}
