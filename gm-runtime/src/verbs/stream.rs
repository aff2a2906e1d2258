//! The stream of the rows of a query.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream;

use super::untyped_query::UntypedQuery;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;
use crate::query::{ErasedManager, ErasedPage, Fingerprints, PageRequest, Pagination};

/// The reader of the pages of a query.
struct Pages {
    untyped: Arc<UntypedQuery>,
    gm: Gm,
    vtable: &'static ErasedManager,
    fingerprints: Fingerprints,
    /// `None` before the first page.
    pagination: Option<Pagination>,
    is_complete: bool,
}

/// A page, and the indices of its new rows.
type NewRows = (Arc<ErasedPage>, Vec<usize>);

impl Pages {
    fn stream(
        untyped: Arc<UntypedQuery>,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> BoxStream<'static, Result<NewRows, Error>> {
        let pages = Self {
            fingerprints: Fingerprints::new(&untyped.select.ordering),
            untyped,
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

    /// The next page with a new row.
    async fn next(&mut self) -> Result<Option<NewRows>, Error> {
        while !self.is_complete {
            let (page, read) = match self.pagination.as_ref().and_then(Pagination::next) {
                None => self.first().await?,
                Some(page) => match self.untyped.later_page(&self.gm, self.vtable, page).await {
                    Ok(read) => (page, read),
                    Err(error) if self.is_refused_page_size(page, &error) => continue,
                    Err(error) => return Err(error),
                },
            };
            let new = self.add(page, &read)?;
            if !new.is_empty() {
                return Ok(Some((read, new)));
            }
        }
        Ok(None)
    }

    async fn first(&mut self) -> Result<(PageRequest, Arc<ErasedPage>), Error> {
        let read = self.untyped.first_page(&self.gm, self.vtable).await?;
        // An answer without a page size contains all rows.
        let page = PageRequest::first(read.page_size.unwrap_or(u64::MAX));
        self.pagination = Some(Pagination::new(self.vtable.description.name(), page.size));
        Ok((page, read))
    }

    fn is_refused_page_size(&mut self, page: PageRequest, error: &Error) -> bool {
        self.pagination
            .as_mut()
            .is_some_and(|pagination| pagination.is_refused_page_size(page, error))
    }

    fn add(&mut self, page: PageRequest, read: &ErasedPage) -> Result<Vec<usize>, Error> {
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
        self.is_complete = self.untyped.select.page.is_some() || pagination.next().is_none();
        Ok(new)
    }
}

/// A stream of the rows of a query, from [`Query::stream`](super::Query::stream). It reads a page when it is polled for a row of
/// that page.
#[must_use = "a stream reads nothing unless it is polled"]
pub struct RowStream<M> {
    untyped: Arc<UntypedQuery>,
    gm: Gm,
    pages: BoxStream<'static, Result<NewRows, Error>>,
    /// The current page, and the indices of the rows that were not returned yet.
    page: Option<(Arc<ErasedPage>, vec::IntoIter<usize>)>,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager> RowStream<M> {
    pub(super) fn new(untyped: Arc<UntypedQuery>, gm: &Gm) -> Self {
        Self {
            pages: Pages::stream(Arc::clone(&untyped), gm, ErasedManager::of::<M>()),
            untyped,
            gm: gm.clone(),
            page: None,
            brand: PhantomData,
        }
    }

    /// Starts again from the first page, reads from the owner even if answers are cached, and caches the new answers.
    pub fn fresh(mut self) -> Self {
        Arc::make_mut(&mut self.untyped).fresh = true;
        Self::new(self.untyped, &self.gm)
    }

    /// The next new row of the current page.
    fn next(&mut self) -> Option<M> {
        let (page, indices) = self.page.as_mut()?;
        let row = indices.next().and_then(|index| page.rows::<M>().get(index));
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
        f.debug_tuple("RowStream").field(&self.untyped.select).finish()
    }
}
