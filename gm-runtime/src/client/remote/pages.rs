//! Reads all pages of a query (R-all-pages).

use super::RemoteInterface;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::manager::{Records, bytes_of};
use crate::protocol::query_request::Paging;
use crate::protocol::response::PageResponse;
use crate::query::{Fingerprints, PageRequest, Pagination, RecordPage, Select};

/// The rows that were read so far, each once.
struct Collected<'a> {
    remote: &'a RemoteInterface,
    fingerprints: Fingerprints,
    pagination: Pagination,
    rows: Records,
    /// The estimated bytes of the rows in memory.
    bytes: u64,
}

impl Collected<'_> {
    /// Adds the new rows of a page.
    fn add(&mut self, page: PageRequest, mut reply: PageResponse) -> Result<(), Error> {
        let id_index = usize::from(self.remote.description.id_index());
        let fingerprint = |row: &mut [Value]| {
            let id = row.get(id_index).cloned().unwrap_or_default();
            self.fingerprints.of_row(id, row)
        };
        let fingerprints = reply.rows.iter_mut().map(fingerprint);
        let new = self.pagination.add(page, fingerprints, reply.total_count)?;
        let mut new = new.into_iter().peekable();
        for (index, row) in reply.rows.iter_mut().enumerate() {
            if new.next_if_eq(&index).is_some() {
                self.bytes = self.bytes.saturating_add(bytes_of(row) as u64);
                self.rows.push(row.iter_mut().map(std::mem::take));
            }
        }
        let rows = self.rows.len() as u64;
        if self.pagination.next().is_some() {
            self.remote.check_rows(rows.max(reply.total_count.unwrap_or(0)))?;
        }
        let limits = self.remote.requester.pages_limits();
        limits.check_bytes(self.remote.description.name(), self.bytes)
    }
}

impl RemoteInterface {
    /// Reads all rows of a query. The first request leaves the page size to the owner. The others request the pages behind it,
    /// each of which overlaps the pages before: see [`Pagination`].
    ///
    /// The total is requested with the first page, and with the page that should be the last one. The last page is usually
    /// short, and then the owner knows the total without counting.
    pub(super) async fn every_page(&self, select: &Select) -> Result<RecordPage, Error> {
        let manager = self.description.name();
        let limits = self.requester.pages_limits();
        // Boxed, so that the future of one page is not as large as that of all pages.
        let pages = Box::pin(self.read_every_page(select));
        limits.with_time_limit(manager, pages).await
    }

    async fn read_every_page(&self, select: &Select) -> Result<RecordPage, Error> {
        let first = self.page(select, Paging::of(select), None).await?;
        // A response without a page number is complete.
        let size = first.page.map_or(u64::MAX, |(_, size)| size);
        let mut collected = Collected {
            remote: self,
            fingerprints: Fingerprints::new(&select.ordering),
            pagination: Pagination::new(self.description.name(), size),
            rows: Records::new(self.description),
            bytes: 0,
        };
        collected.add(PageRequest::first(size), first)?;
        while let Some(page) = collected.pagination.next() {
            let paging = Paging::exactly(page.number, page.size, page.counted);
            match self.page(select, paging, Some(page.size)).await {
                Ok(reply) => collected.add(page, reply)?,
                Err(error) if collected.pagination.is_refused_page_size(page, &error) => {}
                Err(error) => return Err(error),
            }
        }
        let total = collected.rows.len() as u64;
        Ok(RecordPage::new(collected.rows, Some(total)))
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
