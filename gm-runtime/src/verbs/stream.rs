//! Rows as they are asked for.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream;

use super::plan::Plan;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;
use crate::query::{ErasedManager, ErasedPage, Fingerprints, PageRequest, Pagination};

/// The pages of a query, one after the other.
struct Pages {
    plan: Arc<Plan>,
    gm: Gm,
    vtable: &'static ErasedManager,
    fingerprints: Fingerprints,
    /// Absent before the first page.
    pagination: Option<Pagination>,
    is_complete: bool,
}

/// A page, and the places on it of the rows that no page before it had.
type NewRows = (Arc<ErasedPage>, Vec<usize>);

impl Pages {
    fn stream(
        plan: Arc<Plan>,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> BoxStream<'static, Result<NewRows, Error>> {
        let pages = Self {
            fingerprints: Fingerprints::new(&plan.select.ordering),
            plan,
            gm: gm.clone(),
            vtable,
            pagination: None,
            is_complete: false,
        };
        Box::pin(stream::try_unfold(pages, async |mut pages| {
            let (limits, manager) = (pages.gm.pages_limits(), pages.vtable.description.name());
            let new = limits.with_time_limit(manager, pages.next()).await?;
            Ok(new.map(|new| (new, pages)))
        }))
    }

    /// The next page with a row that is new.
    async fn next(&mut self) -> Result<Option<NewRows>, Error> {
        while !self.is_complete {
            let (page, read) = match self.pagination.as_ref().and_then(Pagination::next) {
                None => self.first().await?,
                Some(page) => match self.plan.later_page(&self.gm, self.vtable, page).await {
                    Ok(read) => (page, read),
                    Err(error) if self.is_refused_page_size(page, &error) => continue,
                    Err(error) => return Err(error),
                },
            };
            let new = self.take(page, &read)?;
            if !new.is_empty() {
                return Ok(Some((read, new)));
            }
        }
        Ok(None)
    }

    async fn first(&mut self) -> Result<(PageRequest, Arc<ErasedPage>), Error> {
        let read = self.plan.first_page(&self.gm, self.vtable).await?;
        // Without a size the answer is complete.
        let page = PageRequest::first(read.page_size.unwrap_or(u64::MAX));
        self.pagination = Some(Pagination::new(self.vtable.description.name(), page.size));
        Ok((page, read))
    }

    fn is_refused_page_size(&mut self, page: PageRequest, error: &Error) -> bool {
        self.pagination
            .as_mut()
            .is_some_and(|pagination| pagination.is_refused_page_size(page, error))
    }

    fn take(&mut self, page: PageRequest, read: &ErasedPage) -> Result<Vec<usize>, Error> {
        let manager = self.vtable.description.name();
        let Some(pagination) = &mut self.pagination else {
            return Ok(Vec::new());
        };
        if read.count > page.size || read.page_size.is_some_and(|size| size != page.size) {
            return Err(pagination.unstable(page).into());
        }
        let fingerprints = (self.vtable.fingerprints)(read, &self.fingerprints);
        let new = pagination.add(page, fingerprints.into_iter(), read.total_count)?;
        self.gm.pages_limits().check_bytes(manager, pagination.bytes())?;
        self.is_complete = self.plan.select.page.is_some() || pagination.next().is_none();
        Ok(new)
    }
}

/// Rows one by one, read page by page as they are asked for: what [`Query::stream`](super::Query::stream) gives.
#[must_use = "a stream reads nothing unless it is polled"]
pub struct RowStream<M> {
    plan: Arc<Plan>,
    gm: Gm,
    pages: BoxStream<'static, Result<NewRows, Error>>,
    /// The page whose rows are given, and the places of those that have not been.
    page: Option<(Arc<ErasedPage>, vec::IntoIter<usize>)>,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager> RowStream<M> {
    pub(super) fn new(plan: Arc<Plan>, gm: &Gm) -> Self {
        Self {
            pages: Pages::stream(Arc::clone(&plan), gm, ErasedManager::of::<M>()),
            plan,
            gm: gm.clone(),
            page: None,
            brand: PhantomData,
        }
    }

    /// Reads past the cache, from the first page on, and keeps what was read.
    pub fn fresh(mut self) -> Self {
        Arc::make_mut(&mut self.plan).fresh = true;
        Self::new(self.plan, &self.gm)
    }

    /// The next row of the page at hand that was not given before.
    fn next(&mut self) -> Option<M> {
        let (page, places) = self.page.as_mut()?;
        let row = places.next().and_then(|place| page.rows::<M>().get(place));
        let row = row.cloned();
        if row.is_none() {
            self.page = None;
        }
        row
    }
}

impl<M: Manager> Stream for RowStream<M> {
    type Item = Result<M, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match ready!(self.pages.as_mut().poll_next(context)) {
                Some(Ok((page, new))) => self.page = Some((page, new.into_iter())),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<M> std::fmt::Debug for RowStream<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RowStream").field(&self.plan.select).finish()
    }
}
