//! Rows as they are asked for.

use std::collections::{HashSet, VecDeque};

use futures_core::Stream;
use futures_util::stream;

use super::Query;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;

struct Pages<M: Manager> {
    query: Query<M>,
    gm: Gm,
    /// The page to ask for next, and its size; absent after the last.
    next: Option<(u64, Option<u64>)>,
    waiting: VecDeque<M>,
    // Rows move between pages while they are read, and a row is given once.
    seen: HashSet<M::Id>,
}

pub(super) fn pages<M: Manager>(
    query: Query<M>,
    gm: Gm,
) -> impl Stream<Item = Result<M, Error>> + Send + Unpin + 'static {
    let single = query.select().page;
    let pages = Pages {
        next: Some((single.unwrap_or(1), query.select().page_size)),
        query,
        gm,
        waiting: VecDeque::new(),
        seen: HashSet::new(),
    };
    // Boxed, so that a caller need not pin it.
    Box::pin(stream::try_unfold(pages, move |mut pages| async move {
        loop {
            if let Some(row) = pages.waiting.pop_front() {
                return Ok(Some((row, pages)));
            }
            let Some((page, page_size)) = pages.next else {
                return Ok(None);
            };
            let rows = pages.query.page_of(&pages.gm, page, page_size).await?;
            let after = rows.page_after(page).filter(|_| single.is_none());
            pages.next = after.map(|(page, size)| (page, Some(size)));
            let seen = &mut pages.seen;
            pages
                .waiting
                .extend(rows.iter().filter(|row| seen.insert(row.id().clone())).cloned());
        }
    }))
}
