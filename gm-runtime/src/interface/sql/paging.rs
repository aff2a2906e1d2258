//! `LIMIT` and `OFFSET` of a page.

use crate::query::{NextPage, OrderBy, Select};

const DEFAULT_PAGE_SIZE: u64 = 100;

/// Databases count in signed 64-bit integers.
const MAX: u64 = i64::MAX.unsigned_abs();

/// The largest page whose next row is not read, unless it is behind a cursor. `first`, `one` and `exists` request such pages, and a
/// further match of their query may be a whole scan away.
const NOT_LOOKED_BEYOND: u64 = 2;

/// The part of the matching rows that a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    /// The largest number of rows on the page.
    pub(crate) limit: u64,
    /// The number of rows before the page. 0 behind a cursor.
    pub(crate) offset: u64,
    /// Whether the page is behind a cursor, so that the total does not tell what follows.
    pub(crate) is_behind_cursor: bool,
    /// Whether one row more than the page has is read, to tell whether there is one.
    looks_ahead: bool,
}

impl Paging {
    /// The page of a query. `None` if the query reads every row.
    pub(crate) fn of(select: &Select) -> Option<Self> {
        if !select.is_page() {
            return None;
        }
        let limit = select.page_size.unwrap_or(DEFAULT_PAGE_SIZE).min(MAX);
        let earlier_pages = select.page.unwrap_or(1).saturating_sub(1);
        let is_behind_cursor = select.is_behind_position();
        Some(Self {
            limit,
            // A larger offset than `MAX` means an empty page, and so does `MAX`.
            offset: earlier_pages.checked_mul(limit).unwrap_or(MAX).min(MAX),
            is_behind_cursor,
            looks_ahead: is_behind_cursor || (!select.count && limit > NOT_LOOKED_BEYOND),
        })
    }

    /// The number of rows that are read.
    pub(crate) fn fetched(&self) -> u64 {
        self.limit.saturating_add(self.looks_ahead.into()).min(MAX)
    }

    /// Whether rows follow a page of which so many rows were read. A full page counts as followed if neither the row behind it
    /// nor the total tells.
    fn has_more(&self, read: u64, total: Option<u64>) -> bool {
        match total {
            _ if read < self.limit => false,
            _ if self.looks_ahead => read > self.limit,
            Some(total) => self.offset.saturating_add(self.limit) < total,
            None => true,
        }
    }
}

/// The rows of a query that were read, without the rows themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageEnd {
    /// The number of matching rows, if it was requested.
    pub(crate) total: Option<u64>,
    /// Whether rows follow the page.
    pub(crate) has_more: bool,
}

impl PageEnd {
    /// The end of a page of which so many rows were read, or without a page of all rows.
    pub(crate) fn of(paging: Option<Paging>, read: u64, total: Option<u64>) -> Self {
        Self {
            total,
            has_more: paging.is_some_and(|paging| paging.has_more(read, total)),
        }
    }

    /// What follows the page, in this ordering.
    pub(crate) fn next(&self, ordering: Vec<OrderBy>) -> NextPage {
        NextPage::of(self.has_more, || ordering)
    }
}
