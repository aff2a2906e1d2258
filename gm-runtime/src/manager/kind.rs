//! A manager without its type.

#[cfg(feature = "client")]
use std::any::Any;
use std::any::TypeId;
use std::sync::Arc;

use super::{Description, Manager, Record, Records, unpack};
use crate::error::Error;
use crate::field::FieldType as _;
#[cfg(all(feature = "client", feature = "server"))]
use crate::protocol::reply::ItemsPage;
use crate::query::{ErasedPage, ErasedRows, Rank, Ranks, RecordPage, Rows};

/// What was read or written, without its manager's type.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Rows that may be kept, and shared.
    Page(Arc<ErasedPage>),
    /// An `M` that is kept, and shared.
    #[cfg(feature = "client")]
    Row(Arc<dyn Any + Send + Sync>),
    /// A row that nobody else has.
    Record(Record),
    /// Rows as a reply holds them: kept, and shared.
    #[cfg(all(feature = "client", feature = "server"))]
    Json(Arc<ItemsPage>),
    Count(u64),
    Nothing,
}

/// What reading and writing ask of a manager's type. What stands behind the verbs is written for this, so that it is
/// compiled once and not for each manager.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) manager: TypeId,
    pub(crate) description: &'static Description,
    /// Makes an `M` of a row.
    #[cfg(feature = "client")]
    row: fn(&mut Record) -> Result<Arc<dyn Any + Send + Sync>, Error>,
    /// Makes a `Vec<M>` of rows.
    rows: fn(&mut Records) -> Result<ErasedRows, Error>,
    /// The ranks of the rows of a page.
    pub(crate) ranks: fn(&ErasedPage, &Ranks) -> Vec<Rank>,
}

impl Kind {
    pub(crate) const fn of<M: Manager>() -> &'static Self {
        const {
            &Self {
                manager: TypeId::of::<M>(),
                description: M::DESCRIPTION,
                #[cfg(feature = "client")]
                row: row::<M>,
                rows: rows::<M>,
                ranks: ranks::<M>,
            }
        }
    }

    /// The row, to be kept.
    #[cfg(feature = "client")]
    pub(crate) fn row(&self, mut record: Record) -> Result<Answer, Error> {
        (self.row)(&mut record).map(Answer::Row)
    }

    /// The page, to be kept.
    pub(crate) fn page(&self, mut page: RecordPage) -> Result<Answer, Error> {
        let count = page.rows.len() as u64;
        let rows = (self.rows)(&mut page.rows)?;
        let page = ErasedPage::new(rows, count, page.total_count, page.page_size);
        Ok(Answer::Page(Arc::new(page)))
    }
}

#[cfg(feature = "client")]
fn row<M: Manager>(record: &mut Record) -> Result<Arc<dyn Any + Send + Sync>, Error> {
    match unpack::<M>(record.values_mut()) {
        Ok(row) => Ok(Arc::new(row)),
        Err(error) => Err(Error::record(M::DESCRIPTION, error)),
    }
}

fn rows<M: Manager>(records: &mut Records) -> Result<ErasedRows, Error> {
    let mut rows = Vec::<M>::with_capacity(records.len());
    for values in records.iter_mut() {
        match unpack(values) {
            Ok(row) => rows.push(row),
            Err(error) => return Err(Error::record(M::DESCRIPTION, error)),
        }
    }
    Ok(Box::new(rows))
}

fn ranks<M: Manager>(page: &ErasedPage, ranks: &Ranks) -> Vec<Rank> {
    let rows = page.rows::<M>().iter();
    let rank = |row: &M| {
        let record = ranks.is_ordered().then(|| row.to_record());
        let values = record.as_ref().map(Record::values).unwrap_or_default();
        ranks.rank(row.id().to_value(), values)
    };
    rows.map(rank).collect()
}

/// The row, or the first one of the page; absent where there is none.
pub(crate) fn perhaps<M: Manager>(answer: &mut Answer) -> Result<Option<M>, Error> {
    let shared = match answer {
        Answer::Record(record) => {
            return match unpack(record.values_mut()) {
                Ok(row) => Ok(Some(row)),
                Err(error) => Err(Error::record(M::DESCRIPTION, error)),
            };
        }
        #[cfg(feature = "client")]
        Answer::Row(row) => row.downcast_ref::<M>(),
        Answer::Page(page) => page.rows::<M>().first(),
        #[cfg(all(feature = "client", feature = "server"))]
        Answer::Json(..) => None,
        Answer::Count(_) | Answer::Nothing => None,
    };
    Ok(shared.cloned())
}

/// The row, or the first one of the page.
pub(crate) fn owned<M: Manager>(answer: &mut Answer) -> Result<M, Error> {
    match perhaps(answer) {
        Ok(Some(row)) => Ok(row),
        Ok(None) => Err(other_kind()),
        Err(error) => Err(error),
    }
}

/// The rows of the page.
pub(crate) fn rows_of<M: Manager>(answer: &mut Answer) -> Result<Rows<M>, Error> {
    match page_of(answer) {
        Ok(page) => Ok(Rows::new(page)),
        Err(error) => Err(error),
    }
}

/// The page that it is.
pub(crate) fn page_of(answer: &mut Answer) -> Result<Arc<ErasedPage>, Error> {
    match std::mem::replace(answer, Answer::Nothing) {
        Answer::Page(page) => Ok(page),
        _ => Err(other_kind()),
    }
}

/// Nothing, whatever it is.
pub(crate) fn nothing(_: &mut Answer) -> Result<(), Error> {
    Ok(())
}

/// Whether there is any.
pub(crate) fn exists(answer: &mut Answer) -> Result<bool, Error> {
    count(answer).map(|count| count > 0)
}

/// The number that it is.
pub(crate) fn count(answer: &mut Answer) -> Result<u64, Error> {
    match answer {
        Answer::Count(count) => Ok(*count),
        _ => Err(other_kind()),
    }
}

/// The rows as a reply holds them.
#[cfg(all(feature = "client", feature = "server"))]
pub(crate) fn json_of(answer: &Answer) -> Result<ItemsPage, Error> {
    match answer {
        Answer::Json(page) => Ok(ItemsPage {
            items: page.items.copy(),
            ..**page
        }),
        _ => Err(other_kind()),
    }
}

// A key of the cache is of one manager and one question, and so of one kind.
fn other_kind() -> Error {
    Error::Unavailable("the cache holds an answer of another kind")
}
