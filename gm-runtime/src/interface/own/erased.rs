//! Own storage without its type.

use std::marker::PhantomData;
use std::sync::Arc;

use super::checks::check_page;
use super::interface::Interface;
use super::records::{id_of, record_of, row_of};
use super::write::{self, OwnRows};
use crate::change::Topic;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{
    Answer, BoxFuture, ErasedInterface, Read, ReadLimits, RowLocks, Target, WriteRequest, Written,
};
use crate::manager::{Description, Manager, Record, Records};
use crate::query::{GroupCounter, KnownRow, NextPage, Page, RecordPage, Select};

/// An [`Interface`] without its type.
pub(crate) struct OwnInterface<M, I> {
    rows: Arc<OwnRows<I>>,
    limits: ReadLimits,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager, I: Interface<M>> OwnInterface<M, I> {
    pub(crate) fn new(interface: I, topic: Arc<Topic>, limits: ReadLimits) -> Self {
        Self {
            rows: Arc::new(OwnRows {
                interface,
                topic,
                locks: match M::DESCRIPTION.has_kept() {
                    true => Some(Arc::default()),
                    false => RowLocks::of(M::DESCRIPTION),
                },
            }),
            limits,
            brand: PhantomData,
        }
    }

    async fn page(&self, select: &Select) -> Result<RecordPage, Error> {
        let page = self.rows.interface.query(select).await?;
        let mut rows = Records::new(M::DESCRIPTION);
        for row in &page.rows {
            rows.push(record_of(row)?.into_values());
        }
        let next = self.next(select, &page);
        let page = RecordPage::new(rows, page.total_count)
            .with_page_size(page.page_size)
            .with_next(next);
        check_page(M::DESCRIPTION, select, &page)?;
        // The storage need not repeat the size that it was given.
        let page_size = page
            .page_size
            .or(select.page_size)
            .filter(|_| select.page.is_some());
        Ok(page.with_page_size(page_size))
    }

    /// What follows a page of so many rows. A full page counts as followed if neither the storage nor the total tells.
    fn next(&self, select: &Select, page: &Page<M>) -> NextPage {
        if !self.applies_cursors() {
            return NextPage::Unknown;
        }
        let rows = page.rows.len() as u64;
        let size = page.page_size.or(select.page_size).unwrap_or(u64::MAX);
        let end = select.page.map(|number| number.saturating_mul(size));
        let has_more = match (page.has_more, end, page.total_count) {
            _ if !select.is_page() || rows == 0 => false,
            (Some(has_more), _, _) => has_more,
            _ if rows < size => false,
            (None, Some(end), Some(total)) => end < total,
            _ => true,
        };
        NextPage::of(has_more, || select.ordering.clone())
    }

    async fn row(&self, id: &Value) -> Result<Option<Record>, Error> {
        let row = self.rows.interface.get(&id_of::<M>(id)?).await?;
        row.map(|row| row_of(&row, id)).transpose()
    }
}

impl<M: Manager, I: Interface<M>> ErasedInterface for OwnInterface<M, I> {
    fn description(&self) -> &'static Description {
        M::DESCRIPTION
    }

    fn applies_conditions(&self) -> bool {
        self.rows.interface.applies_conditions()
    }

    fn applies_cursors(&self) -> bool {
        self.rows.interface.applies_cursors()
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        match read.target {
            Target::Page(select) => Box::pin(async move {
                let page = self.limits.page(M::DESCRIPTION, &select, self.page(&select));
                read.representation.page(page.await?)
            }),
            Target::Groups { select, by } => Box::pin(async move {
                let page = self
                    .limits
                    .page(M::DESCRIPTION, &select, self.page(&select))
                    .await?;
                let mut counter = GroupCounter::new(M::DESCRIPTION, by);
                for row in KnownRow::each(&page.rows) {
                    counter.add_row(row)?;
                }
                Ok(Answer::Groups(Arc::new(counter.finish())))
            }),
            Target::Row { id, condition } => Box::pin(async move {
                let row = self.limits.row(self.row(id)).await?;
                let is_in_sight =
                    |row: &Record| condition.as_ref().is_none_or(|condition| condition.accepts(row));
                read.representation.row(row.filter(is_in_sight))
            }),
        }
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        Box::pin(write::write::<M, I>(Arc::clone(&self.rows), request))
    }

    /// The storage may be a gateway that the application wrote itself.
    fn sends_requests(&self) -> bool {
        cfg!(feature = "client")
    }
}
