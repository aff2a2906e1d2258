//! The stream of the rows of a query.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use futures_core::stream::BoxStream;

use super::stream_pages::{NewRows, Pages};
use super::untyped_query::UntypedQuery;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;
use crate::query::{ErasedManager, ErasedPage};

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
