//! Every page of a query (R-all-pages).

use std::collections::HashSet;

use super::Resource;
use crate::error::Error;
use crate::field::Value;
use crate::manager::Records;
use crate::protocol::query_request::Paging;
use crate::query::{QueryError, RecordPage, Select};

/// The rows read so far. Rows move between pages while they are read, so they are told apart by id.
struct Collected {
    id: u16,
    seen: HashSet<Value>,
    rows: Records,
}

impl Collected {
    /// Adds the rows that are new.
    fn extend(&mut self, mut rows: Records) {
        for row in rows.iter_mut() {
            let id = row.get(usize::from(self.id)).cloned().unwrap_or_default();
            if self.seen.insert(id) {
                self.rows.push(row.iter_mut().map(std::mem::take));
            }
        }
    }

    fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// `total_count` is the number of rows that were read.
    fn into_page(self) -> RecordPage {
        let total = self.len();
        RecordPage::new(self.rows, Some(total))
    }
}

impl Resource {
    /// Every row that matches. The first request leaves the page to the owner; the others ask for the pages behind
    /// it, of the size that the owner chose. Ends with the total where the owner says it, else with a page that is
    /// short, and in any case with an empty one.
    ///
    /// A total is asked for where it may be the end: of the first page, and of the page that the total before said is
    /// the last one. That one is usually short, and then an owner knows the total without counting.
    pub(super) async fn every_page(&self, select: &Select) -> Result<RecordPage, Error> {
        let first = self.page(select, Paging::of(select), None).await?;
        let Some((_, page_size)) = first.page else {
            let total = first.rows.len() as u64;
            return Ok(RecordPage::new(first.rows, Some(total)));
        };
        let mut collected = Collected {
            id: self.description.id_index(),
            seen: HashSet::new(),
            rows: Records::new(self.description),
        };
        let mut page = first;
        let mut known = None;
        for number in 2_u64.. {
            let read = number.saturating_sub(1).saturating_mul(page_size);
            let (rows, total_count) = (page.rows, page.total_count);
            known = total_count.or(known);
            let short = (rows.len() as u64) < page_size;
            // A page may bring no new row although others follow: rows were added in front of it meanwhile.
            let complete = rows.is_empty()
                || match total_count {
                    Some(total) => read >= total,
                    // A short page is not the end of more rows than it leaves room for.
                    None => short && known.is_none_or(|total| read >= total),
                };
            collected.extend(rows);
            if complete {
                break;
            }
            self.bound(read.max(collected.len()).max(total_count.unwrap_or(0)))?;
            let last = short || known.is_none_or(|total| read.saturating_add(page_size) >= total);
            page = self
                .page(select, Paging::exactly(number, page_size, last), Some(page_size))
                .await?;
        }
        Ok(collected.into_page())
    }

    /// Whether as many rows as these may be read: an owner decides how many a page of its has, whatever it says.
    pub(super) fn bound(&self, rows: u64) -> Result<(), Error> {
        let limit = self.requester.max_rows();
        if rows <= limit {
            return Ok(());
        }
        let manager = self.description.name();
        Err(QueryError::TooManyRows { manager, limit }.into())
    }
}
