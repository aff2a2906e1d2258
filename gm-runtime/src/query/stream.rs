//! Rows as they are asked for.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream;

use super::{ErasedPage, Plan};
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Kind, Manager};

/// The pages of a query, one after the other.
struct Pages {
    plan: Arc<Plan>,
    gm: Gm,
    kind: &'static Kind,
    single: bool,
    /// The page to ask for next, and the size of those before it; absent after the last.
    next: Option<(u64, Option<u64>)>,
}

impl Pages {
    fn stream(
        plan: Arc<Plan>,
        gm: &Gm,
        kind: &'static Kind,
    ) -> BoxStream<'static, Result<Arc<ErasedPage>, Error>> {
        let page = plan.select.page;
        let pages = Self {
            next: Some((page.unwrap_or(1), None)),
            single: page.is_some(),
            plan,
            gm: gm.clone(),
            kind,
        };
        Box::pin(stream::try_unfold(pages, async |mut pages| {
            let Some((page, next_to)) = pages.next else {
                return Ok(None);
            };
            let read = pages.plan.page_of(&pages.gm, pages.kind, page, next_to).await?;
            let after = read.page_after(page).filter(|_| !pages.single);
            pages.next = after.map(|(page, size)| (page, Some(size)));
            Ok(Some((read, pages)))
        }))
    }
}

/// The rows of these pages.
struct RowStream<M: Manager> {
    pages: BoxStream<'static, Result<Arc<ErasedPage>, Error>>,
    /// The page whose rows are given, and how many of them have been.
    page: Option<Arc<ErasedPage>>,
    given: usize,
    // Rows move between pages while they are read, and a row is given once.
    seen: HashSet<M::Id>,
}

pub(super) fn rows<M: Manager>(
    plan: Arc<Plan>,
    gm: &Gm,
) -> impl Stream<Item = Result<M, Error>> + Send + Unpin + 'static {
    RowStream::<M> {
        pages: Pages::stream(plan, gm, Kind::of::<M>()),
        page: None,
        given: 0,
        seen: HashSet::new(),
    }
}

impl<M: Manager> RowStream<M> {
    /// The next row of the page at hand that was not given before.
    fn next(&mut self) -> Option<M> {
        let page = self.page.as_ref()?;
        for row in page.rows::<M>().iter().skip(self.given) {
            self.given += 1;
            if self.seen.insert(row.id().clone()) {
                return Some(row.clone());
            }
        }
        self.page = None;
        None
    }
}

// No row is ever pinned.
impl<M: Manager> Unpin for RowStream<M> {}

impl<M: Manager> Stream for RowStream<M> {
    type Item = Result<M, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(row) = this.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match ready!(this.pages.as_mut().poll_next(context)) {
                Some(Ok(page)) => (this.page, this.given) = (Some(page), 0),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
