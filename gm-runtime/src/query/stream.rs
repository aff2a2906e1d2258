//! Rows as they are asked for.

use std::collections::{HashSet, VecDeque};

use futures_core::Stream;
use futures_util::stream;

use super::Query;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;

/// The rows a page that the stream asks for, unless the query says otherwise.
const PAGE_SIZE: u64 = 100;

struct Pages<M: Manager> {
    query: Query<M>,
    gm: Gm,
    next_page: Option<u64>,
    page_size: u64,
    waiting: VecDeque<M>,
    // Rows move between pages while they are read, and a row is given once.
    seen: HashSet<M::Id>,
}

pub(super) fn pages<M: Manager>(
    query: Query<M>,
    gm: Gm,
) -> impl Stream<Item = Result<M, Error>> + Send + 'static {
    let single = query.select().page;
    let pages = Pages {
        next_page: Some(single.unwrap_or(1)),
        page_size: query.select().page_size.unwrap_or(PAGE_SIZE),
        query,
        gm,
        waiting: VecDeque::new(),
        seen: HashSet::new(),
    };
    stream::try_unfold(pages, move |mut pages| async move {
        loop {
            if let Some(row) = pages.waiting.pop_front() {
                return Ok(Some((row, pages)));
            }
            let Some(page) = pages.next_page else {
                return Ok(None);
            };
            let rows = pages.query.page_of(&pages.gm, page, pages.page_size).await?;
            let full = rows.len() as u64 >= pages.page_size;
            pages.next_page = page.checked_add(1).filter(|_| full && single.is_none());
            let seen = &mut pages.seen;
            pages
                .waiting
                .extend(rows.iter().filter(|row| seen.insert(row.id().clone())).cloned());
        }
    })
}
