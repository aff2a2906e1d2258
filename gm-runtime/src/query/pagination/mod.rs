//! Pagination: reads all rows of a query page by page, without losing a row between two pages.
//!
//! With cursors, a page begins behind the last row of the page before ([`CursorPages`]). The rest of this module reads by page
//! numbers, from owners and storage without cursors.
//!
//! Pages are counted by position. A row that is deleted or moved shifts the rows behind it, so a row that did not change may be
//! on no page at the time when the page is read. Therefore each page overlaps the rows that are known. If a page contains a
//! known row with the same fingerprint, every unchanged row behind that row is on the page or behind it. A page without such
//! a row is discarded, and an earlier page is read. The first page needs no known row. `docs/design/client.md` has the
//! reasons.

mod cursor_pages;
mod fingerprint;
mod limits;
mod page_request;

use std::collections::HashMap;

pub(crate) use cursor_pages::CursorPages;
pub(crate) use fingerprint::{Fingerprint, Fingerprints};
pub(crate) use limits::PaginationLimits;
pub(crate) use page_request::PageRequest;

use crate::error::{Error, QueryError};
use crate::field::Value;
use limits::MAX_PAGES_WITHOUT_NEW_ROWS;
use page_request::{larger_overlapping_page, overlapping_page};

/// The state of reading all pages of one query.
#[derive(Debug)]
pub(crate) struct Pagination {
    manager: &'static str,
    /// The size of the first page.
    size: u64,
    /// Every row before this position is known, except those that were moved.
    known_to: u64,
    /// By how many positions the next page begins before `known_to`, since the last page did not overlap.
    back: u64,
    /// The most recent total.
    total: Option<u64>,
    /// How many pages in a row brought no new row.
    pages_without_new_rows: u32,
    /// The hashes in the fingerprints of the known rows, by id.
    known: HashMap<Value, u64>,
    bytes: u64,
    /// Whether a page larger than the first one was refused.
    refuses_larger_pages: bool,
    /// Whether the last page had fewer rows than its size.
    is_short: bool,
    is_complete: bool,
}

impl Pagination {
    /// Reads the pages of a query whose first page has this size.
    pub(crate) fn new(manager: &'static str, size: u64) -> Self {
        Self {
            manager,
            size: size.max(1),
            known_to: 0,
            back: 0,
            total: None,
            pages_without_new_rows: 0,
            known: HashMap::new(),
            bytes: 0,
            refuses_larger_pages: false,
            is_short: false,
            is_complete: false,
        }
    }

    /// The next page to read. `None` once every row is known.
    pub(crate) fn next(&self) -> Option<PageRequest> {
        if self.is_complete {
            return None;
        }
        let (number, size) = match self.known_to.saturating_sub(self.back) {
            0 => (1, self.size),
            from => overlapping_page(from, self.size)
                .or_else(|| larger_overlapping_page(from, self.size).filter(|_| !self.refuses_larger_pages))
                .unwrap_or((
                    from.checked_div(self.size).unwrap_or(0).saturating_add(1),
                    self.size,
                )),
        };
        let end = number.saturating_mul(size);
        Some(PageRequest {
            number,
            size,
            counted: self.is_short
                || self.back > 0
                || self.refuses_larger_pages
                || self.total.is_none_or(|total| end >= total),
            needs_total: self.refuses_larger_pages,
            fresh: self.back > 0 || self.pages_without_new_rows > 0,
        })
    }

    /// Adds the rows of a page, and returns the indices of the new rows on it.
    ///
    /// # Errors
    /// [`QueryError::UnstablePages`] if pages bring no new row although more should follow.
    pub(crate) fn add(
        &mut self,
        page: PageRequest,
        rows: impl Iterator<Item = Fingerprint>,
        total: Option<u64>,
    ) -> Result<Vec<usize>, QueryError> {
        let rows: Vec<Fingerprint> = rows.collect();
        if !self.overlaps(page, &rows, total) {
            // Doubled each time, since any number of rows may have been removed.
            self.back = self.back.saturating_mul(2).max(1);
            self.total = total.or(self.total);
            return Ok(Vec::new());
        }
        self.back = 0;
        self.known_to = page.end();
        self.total = total.or(self.total);
        self.is_short = (rows.len() as u64) < page.size;
        self.is_complete = match total {
            Some(total) => page.end() >= total || (rows.is_empty() && page.number == 1),
            // A short page is not the last one if the total says that more rows follow.
            None => rows.is_empty() || (self.is_short && self.total.is_none_or(|total| page.end() >= total)),
        };
        let mut new = Vec::new();
        for (index, (id, hash)) in rows.into_iter().enumerate() {
            let bytes = bytes_of(&id);
            if self.known.insert(id, hash).is_none() {
                self.bytes = self.bytes.saturating_add(bytes);
                new.push(index);
            }
        }
        self.pages_without_new_rows = if new.is_empty() {
            self.pages_without_new_rows.saturating_add(1)
        } else {
            0
        };
        if self.pages_without_new_rows > MAX_PAGES_WITHOUT_NEW_ROWS && !self.is_complete {
            return Err(self.unstable(page));
        }
        Ok(new)
    }

    /// Whether no unchanged row can be between the known rows and this page.
    fn overlaps(&self, page: PageRequest, rows: &[Fingerprint], total: Option<u64>) -> bool {
        page.number == 1
            || rows.iter().any(|(id, hash)| self.known.get(id) == Some(hash))
            // No page is large enough to overlap. An unchanged total is the best evidence then.
            || (self.is_adjacent(page) && total.is_some() && total == self.total)
    }

    /// Whether the page begins exactly behind the known rows, since no larger page is allowed.
    fn is_adjacent(&self, page: PageRequest) -> bool {
        self.refuses_larger_pages
            && page.size == self.size
            && page.end() == self.known_to.saturating_add(self.size)
    }

    /// Whether the error may be caused by a page size above that of the first page, which some owners refuse. Larger pages are
    /// not requested again then, and the caller goes on with [`next`](Self::next).
    pub(crate) fn is_refused_page_size(&mut self, page: PageRequest, error: &Error) -> bool {
        let may_be_refused = match error {
            // The response had a page of another size.
            Error::Decode(_) => true,
            error => error.is_invalid(),
        };
        let is_refused = page.size > self.size && may_be_refused;
        self.refuses_larger_pages |= is_refused;
        is_refused
    }

    /// The error of pages that bring no new row.
    pub(crate) fn unstable(&self, page: PageRequest) -> QueryError {
        QueryError::UnstablePages {
            manager: self.manager,
            page: page.number,
            page_size: page.size,
        }
    }

    /// The estimated bytes of the fingerprints in memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn bytes_of(id: &Value) -> u64 {
    // At worst, half of the table is empty.
    let entry = 2 * size_of::<(Value, u64)>() as u64;
    match id {
        Value::Text(text) => entry.saturating_add(text.len() as u64),
        _ => entry,
    }
}
