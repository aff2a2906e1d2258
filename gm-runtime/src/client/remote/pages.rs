//! Reads all rows of a query (R-all-pages): by cursors if the owner gives them, otherwise by the numbers of the pages.

use std::collections::HashSet;

use super::RemoteInterface;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::manager::{Records, bytes_of};
use crate::protocol::query_request::Paging;
use crate::protocol::response::PageResponse;
use crate::query::{
    Cursor, CursorPages, Fingerprints, NextPage, PageRequest, Pagination, RecordPage, Select,
};

/// The rows that were read so far, each once.
struct Collected<'a> {
    remote: &'a RemoteInterface,
    /// The ids of the rows that were read by cursors. [`Pagination`] has those of the others.
    ids: HashSet<Value>,
    rows: Records,
    /// The estimated bytes of the rows in memory.
    bytes: u64,
}

impl Collected<'_> {
    /// Adds the new rows of a page that was read by a cursor. Returns whether there are any.
    fn add_by_cursor(&mut self, page: &mut Records) -> Result<bool, Error> {
        let before = self.rows.len();
        for (row, unknown) in page.known_mut() {
            if self.ids.insert(self.id_of(row)) {
                self.push(row, unknown);
            }
        }
        self.check_bytes()?;
        Ok(self.rows.len() > before)
    }

    /// Adds the rows at these places of a page that was read by its number.
    fn add_by_number(&mut self, page: &mut Records, new: Vec<usize>) -> Result<(), Error> {
        let mut new = new.into_iter().peekable();
        for (place, (row, unknown)) in page.known_mut().enumerate() {
            if new.next_if_eq(&place).is_some() && !self.ids.contains(&self.id_of(row)) {
                self.push(row, unknown);
            }
        }
        self.check_bytes()
    }

    fn id_of(&self, row: &[Value]) -> Value {
        let index = usize::from(self.remote.description.id_index());
        row.get(index).cloned().unwrap_or_default()
    }

    fn push(&mut self, row: &mut [Value], unknown: &[u16]) {
        self.bytes = self.bytes.saturating_add(bytes_of(row) as u64);
        self.rows.push(row.iter_mut().map(std::mem::take));
        self.rows.set_unknown_of_last(unknown);
    }

    fn check_bytes(&self) -> Result<(), Error> {
        let limits = self.remote.requester.pages_limits();
        limits.check_bytes(self.remote.description.name(), self.bytes)
    }

    /// Checks the number of rows, if more rows follow.
    fn check_rows(&self, total: Option<u64>) -> Result<(), Error> {
        self.remote
            .check_rows((self.rows.len() as u64).max(total.unwrap_or(0)))
    }
}

impl RemoteInterface {
    /// Reads all rows of a query. The first request leaves the page size to the owner.
    pub(super) async fn every_page(&self, select: &Select) -> Result<RecordPage, Error> {
        let manager = self.description.name();
        let limits = self.requester.pages_limits();
        // Boxed, so that the future of one page is not as large as that of all pages.
        let pages = Box::pin(self.read_every_page(select));
        limits.with_time_limit(manager, pages).await
    }

    async fn read_every_page(&self, select: &Select) -> Result<RecordPage, Error> {
        let first = self.page(select, Paging::of(select), None).await?;
        let mut collected = Collected {
            remote: self,
            ids: HashSet::new(),
            rows: Records::new(self.description),
            bytes: 0,
        };
        let by_numbers = match &first.next {
            NextPage::At(_) => self.read_by_cursors(select, first, &mut collected).await?,
            _ => Some(first),
        };
        if let Some(first) = by_numbers {
            self.read_by_numbers(select, first, &mut collected).await?;
        }
        let total = collected.rows.len() as u64;
        Ok(RecordPage::new(collected.rows, Some(total)))
    }

    /// Reads the rows behind the first page by cursors. A row that was moved behind a cursor comes again, and is dropped.
    ///
    /// Returns the first page anew if the owner stops giving cursors: it is replaced by one without them, or a cursor would
    /// be too long.
    async fn read_by_cursors(
        &self,
        select: &Select,
        first: PageResponse,
        collected: &mut Collected<'_>,
    ) -> Result<Option<PageResponse>, Error> {
        let size = first.page.map(|(_, size)| size);
        let mut pages = CursorPages::new(self.description.name());
        let mut page = first;
        loop {
            let last = page.rows.last().map(|row| collected.id_of(row));
            let has_new = collected.add_by_cursor(&mut page.rows)?;
            pages.add(last, has_new, &page.next)?;
            let cursor: Cursor = match page.next {
                NextPage::At(cursor) => cursor,
                NextPage::End => return Ok(None),
                NextPage::Unknown | NextPage::Behind(_) => break,
            };
            collected.check_rows(page.total_count)?;
            page = match self.page(select, Paging::behind(&cursor, size), None).await {
                Err(Error::Unsupported { .. }) => break,
                page => page?,
            };
        }
        self.page(select, Paging::of(select), None).await.map(Some)
    }

    /// Reads the pages by their numbers. Each overlaps the pages before: see [`Pagination`].
    ///
    /// The total is requested with the first page, and with the page that should be the last one. The last page is usually
    /// short, and then the owner knows the total without counting.
    async fn read_by_numbers(
        &self,
        select: &Select,
        first: PageResponse,
        collected: &mut Collected<'_>,
    ) -> Result<(), Error> {
        // A response without a page number is complete.
        let size = first.page.map_or(u64::MAX, |(_, size)| size);
        let fingerprints = Fingerprints::new(&select.ordering);
        let mut pagination = Pagination::new(self.description.name(), size);
        let mut add = |pagination: &mut Pagination, page: PageRequest, mut reply: PageResponse| {
            let fingerprint = |row: &[Value]| fingerprints.of_row(collected.id_of(row), row);
            let new = pagination.add(page, reply.rows.iter().map(fingerprint), reply.total_count)?;
            collected.add_by_number(&mut reply.rows, new)?;
            match pagination.next() {
                Some(_) => collected.check_rows(reply.total_count),
                None => Ok(()),
            }
        };
        add(&mut pagination, PageRequest::first(size), first)?;
        while let Some(page) = pagination.next() {
            let paging = Paging::exactly(page.number, page.size, page.counted);
            match self.page(select, paging, Some(page.size)).await {
                Ok(reply) => add(&mut pagination, page, reply)?,
                Err(error) if pagination.is_refused_page_size(page, &error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Checks the number of rows against `max_rows`. The owner decides how many rows its pages have.
    pub(super) fn check_rows(&self, rows: u64) -> Result<(), Error> {
        let limit = self.requester.max_rows();
        if rows <= limit {
            return Ok(());
        }
        let manager = self.description.name();
        Err(QueryError::TooManyRows { manager, limit }.into())
    }
}
