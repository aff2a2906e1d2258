//! A manager without its type.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::{Description, Manager, Record};
use crate::error::Error;
use crate::query::{Page, RecordPage};

/// What was read, decoded and shared: a `Page<M>` or an `M`.
pub(crate) type Answer = Arc<dyn Any + Send + Sync>;

/// What reading and writing ask of a manager's type. What stands behind the verbs is written for this, so that it is
/// compiled once and not for each manager.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) manager: TypeId,
    pub(crate) description: &'static Description,
    /// Makes an `M` of a row.
    pub(crate) row: fn(Record) -> Result<Answer, Error>,
    /// Makes a `Page<M>` of a page.
    pub(crate) page: fn(RecordPage) -> Result<Answer, Error>,
    /// How much such a page holds.
    pub(crate) extent: fn(&Answer) -> Extent,
}

/// How much a page holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    pub(crate) rows: u64,
    pub(crate) total_count: Option<u64>,
    pub(crate) page_size: Option<u64>,
}

impl Extent {
    /// The page behind this one, where this one is not the last, and its size: told by the total where it is known,
    /// else by whether the page is full.
    pub(crate) fn page_after(self, page: u64) -> Option<(u64, u64)> {
        let size = self.page_size?;
        let read = page.saturating_mul(size);
        let more = match self.total_count {
            Some(total) => read < total,
            None => self.rows >= size,
        };
        let next = page.checked_add(1)?;
        (more && self.rows > 0).then_some((next, size))
    }
}

impl Kind {
    pub(crate) const fn of<M: Manager>() -> &'static Self {
        const {
            &Self {
                manager: TypeId::of::<M>(),
                description: M::DESCRIPTION,
                row: row::<M>,
                page: page::<M>,
                extent: extent::<M>,
            }
        }
    }
}

fn row<M: Manager>(record: Record) -> Result<Answer, Error> {
    match M::from_record(record) {
        Ok(row) => Ok(Arc::new(row)),
        Err(error) => Err(Error::record(M::DESCRIPTION, error)),
    }
}

fn page<M: Manager>(page: RecordPage) -> Result<Answer, Error> {
    let mut rows = Vec::with_capacity(page.rows.len());
    for record in page.rows {
        match M::from_record(record) {
            Ok(row) => rows.push(row),
            Err(error) => return Err(Error::record(M::DESCRIPTION, error)),
        }
    }
    Ok(Arc::new(
        Page::new(rows, page.total_count).with_page_size(page.page_size),
    ))
}

fn extent<M: Manager>(answer: &Answer) -> Extent {
    match answer.downcast_ref::<Page<M>>() {
        Some(page) => Extent {
            rows: page.rows.len() as u64,
            total_count: page.total_count,
            page_size: page.page_size,
        },
        None => Extent::default(),
    }
}

/// The answer as what its kind made.
pub(crate) fn typed<T: Send + Sync + 'static>(answer: Answer) -> Result<Arc<T>, Error> {
    match answer.downcast() {
        Ok(typed) => Ok(typed),
        Err(_) => Err(other_type()),
    }
}

/// An `M`, copied only where it is shared.
pub(crate) fn owned<M: Manager>(answer: Answer) -> Result<M, Error> {
    match typed(answer) {
        Ok(row) => Ok(Arc::unwrap_or_clone(row)),
        Err(error) => Err(error),
    }
}

// A key of the cache is of one manager and one question, and so of one type.
fn other_type() -> Error {
    Error::Unavailable("the cache holds an answer of another type")
}
