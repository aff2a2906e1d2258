//! Cached answers.

use std::sync::Arc;

use crate::error::Error;
use crate::field::Value;
use crate::interface::{Answer, Representation};
use crate::manager::{Record, bytes_of};
use crate::protocol::cursor::NextCursor;
use crate::protocol::items::{ItemsPage, RowWriter};
use crate::query::{ErasedManager, ErasedPage, ErasedRow, Groups, RecordPage};

/// A cached answer, which its readers share. A clone copies no row.
#[derive(Clone, Debug)]
pub(crate) enum CachedAnswer {
    Page(Arc<ErasedPage>),
    Row(ErasedRow),
    Json(Arc<ItemsPage>),
    Records(Arc<RecordPage>),
    Record(Arc<Record>),
    Groups(Arc<Groups>),
}

impl From<CachedAnswer> for Answer {
    #[inline]
    fn from(cached: CachedAnswer) -> Self {
        match cached {
            CachedAnswer::Page(page) => Self::Page(page),
            CachedAnswer::Row(row) => Self::Row(row),
            CachedAnswer::Json(page) => Self::SharedJson(page),
            CachedAnswer::Records(page) => Self::SharedRecords(page),
            CachedAnswer::Record(row) => Self::SharedRecord(row),
            CachedAnswer::Groups(groups) => Self::Groups(groups),
        }
    }
}

/// Converts the owner's rows into answers of one representation.
#[derive(Clone)]
pub(super) enum Encoder {
    Typed(&'static ErasedManager),
    Json(Arc<RowWriter>),
    Records,
}

impl Encoder {
    pub(super) fn of(representation: Representation<'_>) -> Self {
        match representation {
            Representation::Typed(manager) => Self::Typed(manager),
            Representation::Json(writer) => Self::Json(Arc::clone(writer)),
            Representation::Records => Self::Records,
        }
    }

    /// Converts a page. Also returns its estimated bytes.
    pub(super) fn page(self, page: RecordPage) -> Result<(CachedAnswer, u32), Error> {
        match self {
            Self::Typed(manager) => {
                let weight = weight_of_page(&page);
                Ok((CachedAnswer::Page(manager.page(page)?), weight))
            }
            Self::Json(writer) => ItemsPage::of(&page, &writer).map(json),
            Self::Records => {
                let weight = weight_of_page(&page);
                Ok((CachedAnswer::Records(Arc::new(page)), weight))
            }
        }
    }

    /// Converts a row. Also returns its estimated bytes.
    pub(super) fn row(self, row: Record) -> Result<(CachedAnswer, u32), Error> {
        match self {
            Self::Typed(manager) => {
                let weight = weight(row.values());
                Ok((CachedAnswer::Row(manager.row(row)?), weight))
            }
            Self::Json(writer) => ItemsPage::of_row(&row, &writer).map(json),
            Self::Records => {
                let weight = weight(row.values());
                Ok((CachedAnswer::Record(Arc::new(row)), weight))
            }
        }
    }
}

/// The answer with numbers of rows. Also returns its estimated bytes.
pub(super) fn groups(groups: Groups) -> (CachedAnswer, u32) {
    let weight = OVERHEAD.saturating_add(groups.bytes());
    (
        CachedAnswer::Groups(Arc::new(groups)),
        u32::try_from(weight).unwrap_or(u32::MAX),
    )
}

fn json(page: ItemsPage) -> (CachedAnswer, u32) {
    let cursor = match &page.next {
        NextCursor::At(cursor) => cursor.len(),
        NextCursor::Unknown | NextCursor::End => 0,
    };
    let weight = OVERHEAD.saturating_add(page.items.size()).saturating_add(cursor);
    (
        CachedAnswer::Json(Arc::new(page)),
        u32::try_from(weight).unwrap_or(u32::MAX),
    )
}

/// The estimated bytes of an entry without its values.
const OVERHEAD: usize = 256;

fn weight_of_page(page: &RecordPage) -> u32 {
    weight(page.rows.values()).saturating_add(u32::try_from(page.next.bytes()).unwrap_or(u32::MAX))
}

fn weight(values: &[Value]) -> u32 {
    u32::try_from(OVERHEAD.saturating_add(bytes_of(values))).unwrap_or(u32::MAX)
}
