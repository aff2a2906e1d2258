//! The reads of single pages, by cursors and by page numbers.

use std::sync::Arc;

use super::untyped_query::UntypedQuery;
use crate::error::Error;
use crate::gm::Gm;
use crate::query::{ErasedManager, ErasedPage, NextPage, PageRequest, Position, Select};

impl UntypedQuery {
    /// The first page, or the query's page.
    pub(super) async fn first_page(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> Result<Arc<ErasedPage>, Error> {
        let mut select = self.select.clone();
        if !select.is_page() {
            select.page = Some(1);
        }
        self.fetch(gm, vtable, select).await?.page()
    }

    /// The page that follows this one, by a cursor. `None` if no cursor can be had.
    pub(super) async fn page_behind(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        page: &ErasedPage,
        page_size: Option<u64>,
    ) -> Result<Option<Arc<ErasedPage>>, Error> {
        let mut select = Select {
            page: None,
            page_size,
            after: None,
            ..self.select.clone()
        };
        match &page.next {
            NextPage::At(cursor) => select.after = Some(cursor.clone()),
            NextPage::Behind(ordering) => {
                let Some(last) = (vtable.last_row)(page) else {
                    return Ok(None);
                };
                let last = vtable.description.normalize_record(last)?;
                let position = Position::behind_row(vtable.description, ordering, last.values());
                select.position = Some(Arc::new(position));
            }
            NextPage::Unknown | NextPage::End => return Ok(None),
        }
        match self.fetch(gm, vtable, select).await {
            Ok(mut answer) => answer.page().map(Some),
            // The owner was replaced by one without cursors.
            Err(Error::Unsupported { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first page of the rows from the beginning on, to read all of them by the numbers of their pages.
    pub(super) async fn numbered_page(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> Result<Arc<ErasedPage>, Error> {
        let select = Select {
            page: Some(1),
            after: None,
            ..self.select.clone()
        };
        self.fetch_with(gm, vtable, select, true).await?.page()
    }

    /// A page after the first one.
    pub(super) async fn later_page(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        page: PageRequest,
    ) -> Result<Arc<ErasedPage>, Error> {
        let select = Select {
            page: Some(page.number),
            page_size: Some(page.size),
            after: None,
            exact_page_size: true,
            count: self.select.count || page.needs_total,
            ..self.select.clone()
        };
        self.fetch_with(gm, vtable, select, self.fresh || page.fresh)
            .await?
            .page()
    }
}
