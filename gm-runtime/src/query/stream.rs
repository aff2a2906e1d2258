//! Rows as they are asked for.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream;

use super::{Page, Plan};
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Answer, Kind, Manager, typed};

/// The pages of a query, one after the other.
struct Pages {
    plan: Plan,
    gm: Gm,
    kind: &'static Kind,
    single: bool,
    /// The page to ask for next, and its size; absent after the last.
    next: Option<(u64, Option<u64>)>,
}

impl Pages {
    fn stream(plan: Plan, gm: Gm, kind: &'static Kind) -> BoxStream<'static, Result<Answer, Error>> {
        let page = plan.select.page;
        let pages = Self {
            next: Some((page.unwrap_or(1), plan.select.page_size)),
            single: page.is_some(),
            plan,
            gm,
            kind,
        };
        Box::pin(stream::try_unfold(pages, async |mut pages| {
            let Some((page, page_size)) = pages.next else {
                return Ok(None);
            };
            let read = pages.plan.page_of(&pages.gm, pages.kind, page, page_size).await?;
            let after = (pages.kind.extent)(&read).page_after(page);
            let after = after.filter(|_| !pages.single);
            pages.next = after.map(|(page, size)| (page, Some(size)));
            Ok(Some((read, pages)))
        }))
    }
}

/// The rows of these pages.
struct RowStream<M: Manager> {
    pages: BoxStream<'static, Result<Answer, Error>>,
    waiting: VecDeque<M>,
    // Rows move between pages while they are read, and a row is given once.
    seen: HashSet<M::Id>,
}

pub(super) fn rows<M: Manager>(
    plan: Plan,
    gm: Gm,
) -> impl Stream<Item = Result<M, Error>> + Send + Unpin + 'static {
    RowStream {
        pages: Pages::stream(plan, gm, Kind::of::<M>()),
        waiting: VecDeque::new(),
        seen: HashSet::new(),
    }
}

// No row is ever pinned.
impl<M: Manager> Unpin for RowStream<M> {}

impl<M: Manager> Stream for RowStream<M> {
    type Item = Result<M, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(row) = this.waiting.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            let read = match ready!(this.pages.as_mut().poll_next(context)) {
                Some(read) => read.and_then(typed::<Page<M>>),
                None => return Poll::Ready(None),
            };
            match read {
                Ok(page) => {
                    let new = page.rows.iter().filter(|row| this.seen.insert(row.id().clone()));
                    this.waiting.extend(new.cloned());
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}
