//! `LIMIT` and `OFFSET` of a page.

use crate::query::Select;

const DEFAULT_PAGE_SIZE: u64 = 100;

/// Databases count in signed 64-bit integers.
const MAX: u64 = i64::MAX.unsigned_abs();

/// The part of the matching rows that a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    /// The largest number of rows on the page.
    pub(crate) limit: u64,
    /// The number of rows before the page.
    pub(crate) offset: u64,
}

impl Paging {
    /// The page of a query. `None` if the query reads every row.
    pub(crate) fn of(select: &Select) -> Option<Self> {
        let page = select.page?;
        let limit = select.page_size.unwrap_or(DEFAULT_PAGE_SIZE).min(MAX);
        let earlier_pages = page.saturating_sub(1);
        // A larger offset than `MAX` means an empty page, and so does `MAX`.
        let offset = earlier_pages.checked_mul(limit).unwrap_or(MAX).min(MAX);
        Some(Self { limit, offset })
    }
}
