//! What follows a page of rows.

use super::{Cursor, OrderBy};

/// What follows a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum NextPage {
    /// It is unknown, or no cursor can be had. Further pages are read by their numbers.
    #[default]
    Unknown,
    /// No row.
    End,
    /// The rows behind the last one of the page, in this ordering. A cursor is made of that row if it is needed.
    Behind(Vec<OrderBy>),
    /// The rows behind the cursor of another service.
    At(Cursor),
}

impl NextPage {
    /// What follows a page in this ordering. `ordering` is taken only if rows follow.
    pub(crate) fn of(has_more: bool, ordering: impl FnOnce() -> Vec<OrderBy>) -> Self {
        match has_more {
            true => Self::Behind(ordering()),
            false => Self::End,
        }
    }

    /// The estimated bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Unknown | Self::End => 0,
            Self::Behind(ordering) => size_of_val(ordering.as_slice()),
            Self::At(cursor) => cursor.as_str().len(),
        }
    }
}
