//! Every page of a query (R-all-pages).

use std::collections::HashSet;

use super::Resource;
use crate::error::Error;
use crate::field::Value;
use crate::manager::Record;
use crate::protocol::query_request::Paging;
use crate::query::{RecordPage, Select};

/// The rows read so far. Rows move between pages while they are read, so they are told apart by id.
struct Collected {
    id: u16,
    seen: HashSet<Value>,
    rows: Vec<Record>,
}

impl Collected {
    /// Adds the rows that are new, and says whether there were any.
    fn extend(&mut self, rows: Vec<Record>) -> bool {
        let before = self.rows.len();
        for row in rows {
            if self.seen.insert(row.get(self.id).clone()) {
                self.rows.push(row);
            }
        }
        self.rows.len() > before
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
    /// short, and in any case with a page that brings no new row.
    pub(super) async fn every_page(&self, select: &Select) -> Result<RecordPage, Error> {
        let first = self.page(select, Paging::of(select)).await?;
        let Some(page_size) = first.page_size else {
            return Ok(RecordPage::new(first.rows, first.total_count));
        };
        let mut collected = Collected {
            id: self.description.id_index(),
            seen: HashSet::new(),
            rows: Vec::new(),
        };
        let (mut rows, mut total_count) = (first.rows, first.total_count);
        for page in 2_u64.. {
            let read = rows.len() as u64;
            let any_new = collected.extend(rows);
            let complete = match total_count {
                Some(total) => collected.len() >= total,
                None => read < page_size,
            };
            if complete || !any_new {
                break;
            }
            self.bound(collected.len().max(total_count.unwrap_or(0)))?;
            let paging = Paging::exactly(page, page_size);
            let next = self.page(select, paging).await?;
            rows = next.rows;
            total_count = next.total_count;
        }
        Ok(collected.into_page())
    }

    fn bound(&self, rows: u64) -> Result<(), Error> {
        let limit = self.requester.max_rows();
        if rows <= limit {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "`{}`: the query matches more than {limit} rows; read them with `stream`, or raise `GmBuilder::max_rows`",
            self.description.name()
        )))
    }
}
