//! Reads the pages of a query one after the other, for a stream.

use std::sync::Arc;

use futures_core::stream::BoxStream;
use futures_util::stream;

use super::untyped_query::UntypedQuery;
use crate::error::Error;
use crate::field::Value;
use crate::gm::Gm;
use crate::query::{CursorPages, ErasedManager, ErasedPage, Fingerprints, NextPage, PageRequest, Pagination};

/// The reader of the pages of a query.
pub(super) struct Pages {
    untyped: Arc<UntypedQuery>,
    gm: Gm,
    vtable: &'static ErasedManager,
    fingerprints: Fingerprints,
    state: State,
}

/// How the next page is read.
enum State {
    Start,
    /// Behind the last page. Nothing but the last page is in memory.
    ByCursor {
        pages: CursorPages,
        last: Arc<ErasedPage>,
        page_size: Option<u64>,
    },
    /// By its number.
    ByNumber(Pagination, ResumeAfter),
    /// By their numbers from the first page on, since the owner stopped giving cursors.
    Again(ResumeAfter),
    End,
}

/// The id of a row up to which the rows were already returned.
type ResumeAfter = Option<Value>;

/// A page, and the indices of its new rows.
pub(super) type NewRows = (Arc<ErasedPage>, Vec<usize>);

impl Pages {
    pub(super) fn stream(
        untyped: Arc<UntypedQuery>,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> BoxStream<'static, Result<NewRows, Error>> {
        let pages = Self {
            fingerprints: Fingerprints::new(&untyped.select.ordering),
            untyped,
            gm: gm.clone(),
            vtable,
            state: State::Start,
        };
        Box::pin(stream::try_unfold(pages, async |mut pages| {
            let (limits, manager) = (pages.gm.pages_limits(), pages.vtable.description.name());
            let new = limits.with_time_limit(manager, pages.next()).await?;
            Ok(new.map(|new| (new, pages)))
        }))
    }

    /// The next page with a new row.
    async fn next(&mut self) -> Result<Option<NewRows>, Error> {
        loop {
            let (page, new) = match std::mem::replace(&mut self.state, State::End) {
                State::Start => self.first().await?,
                State::ByCursor {
                    pages,
                    last,
                    page_size,
                } => self.behind(pages, &last, page_size).await?,
                State::ByNumber(pagination, resume) => match self.numbered(pagination, resume).await? {
                    Some(new) => new,
                    None => continue,
                },
                State::Again(resume) => {
                    let read = self.untyped.numbered_page(&self.gm, self.vtable).await?;
                    self.add_first(read, resume)?
                }
                State::End => return Ok(None),
            };
            if !new.is_empty() {
                return Ok(Some((page, new)));
            }
        }
    }

    async fn first(&mut self) -> Result<NewRows, Error> {
        let read = self.untyped.first_page(&self.gm, self.vtable).await?;
        let is_only_page = self.untyped.select.page.is_some();
        if is_only_page || read.next == NextPage::End {
            return Ok(all_of(read));
        }
        if read.next == NextPage::Unknown && self.untyped.select.after.is_none() {
            return self.add_first(read, None);
        }
        let page_size = read.page_size.or(self.untyped.select.page_size);
        let pages = CursorPages::new(self.vtable.description.name());
        self.add_behind(pages, read, page_size)
    }

    /// The page behind the last one.
    async fn behind(
        &mut self,
        pages: CursorPages,
        last: &ErasedPage,
        page_size: Option<u64>,
    ) -> Result<NewRows, Error> {
        let read = self
            .untyped
            .page_behind(&self.gm, self.vtable, last, page_size)
            .await?;
        match read {
            Some(read) => self.add_behind(pages, read, page_size),
            None => {
                let read = self.untyped.numbered_page(&self.gm, self.vtable).await?;
                self.add_first(read, pages.into_last())
            }
        }
    }

    fn add_behind(
        &mut self,
        mut pages: CursorPages,
        read: Arc<ErasedPage>,
        page_size: Option<u64>,
    ) -> Result<NewRows, Error> {
        let id = self.vtable.description.id_index();
        let last = (self.vtable.last_row)(&read).map(|row| row.get(id).clone());
        pages.add(last, read.count > 0, &read.next)?;
        self.state = match read.next {
            NextPage::End => State::End,
            NextPage::Unknown => State::Again(pages.into_last()),
            NextPage::Behind(_) | NextPage::At(_) => State::ByCursor {
                pages,
                last: Arc::clone(&read),
                page_size,
            },
        };
        Ok(all_of(read))
    }

    /// Adds the first of the pages that are read by their numbers.
    fn add_first(&mut self, read: Arc<ErasedPage>, resume: ResumeAfter) -> Result<NewRows, Error> {
        // An answer without a page size contains all rows.
        let page = PageRequest::first(read.page_size.unwrap_or(u64::MAX));
        let pagination = Pagination::new(self.vtable.description.name(), page.size);
        self.add(pagination, page, read, resume)
    }

    /// The next page by its number. `None` if a larger page was refused.
    async fn numbered(
        &mut self,
        mut pagination: Pagination,
        resume: ResumeAfter,
    ) -> Result<Option<NewRows>, Error> {
        let Some(page) = pagination.next() else {
            return Ok(None);
        };
        match self.untyped.later_page(&self.gm, self.vtable, page).await {
            Ok(read) => self.add(pagination, page, read, resume).map(Some),
            Err(error) if pagination.is_refused_page_size(page, &error) => {
                self.state = State::ByNumber(pagination, resume);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn add(
        &mut self,
        mut pagination: Pagination,
        page: PageRequest,
        read: Arc<ErasedPage>,
        mut resume: ResumeAfter,
    ) -> Result<NewRows, Error> {
        let manager = self.vtable.description.name();
        if read.count > page.size || read.page_size.is_some_and(|size| size != page.size) {
            return Err(pagination.unstable(page).into());
        }
        let fingerprints = (self.vtable.fingerprints)(&read, &self.fingerprints);
        let place = fingerprints
            .iter()
            .position(|(id, _)| Some(id) == resume.as_ref());
        let mut new = pagination.add(page, fingerprints.into_iter(), read.total_count)?;
        self.gm.pages_limits().check_bytes(manager, pagination.bytes())?;
        if resume.is_some() {
            match place.filter(|place| new.contains(place)) {
                Some(place) => {
                    resume = None;
                    new.retain(|index| *index > place);
                }
                None => new.clear(),
            }
        }
        self.state = match pagination.next() {
            Some(_) => State::ByNumber(pagination, resume),
            // The row was removed or moved. The rows behind it are unknown.
            None if resume.is_some() => return Err(pagination.unstable(page).into()),
            None => State::End,
        };
        Ok((read, new))
    }
}

fn all_of(read: Arc<ErasedPage>) -> NewRows {
    let rows = usize::try_from(read.count).unwrap_or(usize::MAX);
    (read, (0..rows).collect())
}
