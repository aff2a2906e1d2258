//! Which part of the matching rows is read.

use crate::query::Select;

/// Rows a page, where the query does not say.
const PAGE_SIZE: u64 = 100;

/// Which of the matching rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    /// The most rows that are read.
    pub(crate) limit: u64,
    /// The rows before them.
    pub(crate) offset: u64,
}

impl Paging {
    /// The page that the query asks for; absent when it asks for every row.
    pub(crate) fn of(select: &Select) -> Option<Self> {
        let page = select.page?;
        let limit = select.page_size.unwrap_or(PAGE_SIZE).min(MAX);
        let earlier = page.saturating_sub(1);
        // A page so far behind that its place does not fit 63 bits is as empty as the last one that does.
        let offset = earlier.checked_mul(limit).unwrap_or(MAX).min(MAX);
        Some(Self { limit, offset })
    }
}

/// Databases count in signed 64 bits.
const MAX: u64 = i64::MAX.unsigned_abs();
