//! Reads of stored rows page by page, of which only a part stays in memory.

use std::sync::Arc;

use super::Managed;
use crate::error::Error;
use crate::interface::{Read, Representation, Target};
use crate::query::{Position, RecordPage, Select};

/// The rows of a page.
const PAGE_SIZE: u64 = 1_000;

/// The pages of the rows that match a select, ordered by id, as they are stored now.
pub(super) struct StoredPages<'m> {
    managed: &'m Managed,
    select: Select,
    size: u64,
    is_last: bool,
}

impl<'m> StoredPages<'m> {
    /// The pages of all rows that match. The select has no page.
    pub(super) fn all(managed: &'m Managed, select: Select) -> Self {
        Self::of_size(managed, select, PAGE_SIZE)
    }

    /// The first row that matches.
    pub(super) fn first(managed: &'m Managed, select: Select) -> Self {
        Self::of_size(managed, select, 1)
    }

    fn of_size(managed: &'m Managed, select: Select, size: u64) -> Self {
        let select = Select {
            ordering: Vec::new(),
            page: Some(1),
            page_size: Some(size),
            ..select
        };
        Self {
            managed,
            select,
            size,
            is_last: false,
        }
    }

    /// The next page. `None` behind the last one.
    pub(super) async fn next(&mut self) -> Result<Option<RecordPage>, Error> {
        if self.is_last {
            return Ok(None);
        }
        let interface = &self.managed.interface;
        interface.fill_page(&mut self.select)?;
        let read = Read {
            target: Target::Page(self.select.clone()),
            representation: Representation::Records,
            fresh: true,
        };
        let page = interface.read(read).await?.records()?;
        self.is_last = (page.rows.len() as u64) < self.size;
        if let Some(last) = page.rows.iter().last() {
            let position = Position::behind_row(self.managed.description, &[], last);
            (self.select.page, self.select.position) = (None, Some(Arc::new(position)));
        }
        Ok(Some(page).filter(|page| !page.rows.is_empty()))
    }
}
