//! The answer of a verb, without its manager's type.

use std::sync::Arc;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::manager::{Manager, Record, decode_row};
use crate::protocol::items::ItemsPage;
use crate::query::{ErasedPage, ErasedRow, Groups, RecordPage, Rows};

/// The answer of a verb, without its manager's type.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Typed rows, perhaps shared with a cache.
    Page(Arc<ErasedPage>),
    /// A typed row that is shared with a cache.
    Row(ErasedRow),
    /// A row that is not decoded yet. Its type is known where it is taken, so that it needs no allocation of its own.
    Record(Record),
    /// A row that is not decoded, and that is shared with a cache.
    SharedRecord(Arc<Record>),
    /// Rows that are not decoded.
    Records(RecordPage),
    /// Rows that are not decoded, and that are shared with a cache.
    SharedRecords(Arc<RecordPage>),
    /// Rows as JSON.
    Json(ItemsPage),
    /// Rows as JSON that are shared with a cache.
    SharedJson(Arc<ItemsPage>),
    /// Several answers with rows.
    Several(Vec<Answer>),
    /// A number of rows.
    Count(u64),
    /// The numbers of rows by the values of a field.
    Groups(Arc<Groups>),
    /// The ids of created rows.
    Ids(Vec<Value>),
    /// No row, or no answer beyond the success.
    Nothing,
}

impl Answer {
    /// The row, or the first row of the page. Absent where there is none.
    pub(crate) fn optional_row<M: Manager>(&mut self) -> Result<Option<M>, Error> {
        let shared = match self {
            Self::Record(record) => {
                return match decode_row(record.values_mut()) {
                    Ok(row) => Ok(Some(row)),
                    Err(error) => Err(Error::record(M::DESCRIPTION, error)),
                };
            }
            Self::Row(row) => row.downcast_ref::<M>(),
            Self::Page(page) => page.rows::<M>().first(),
            _ => None,
        };
        Ok(shared.cloned())
    }

    /// The row, or the first row of the page.
    pub(crate) fn row<M: Manager>(&mut self) -> Result<M, Error> {
        match self.optional_row() {
            Ok(Some(row)) => Ok(row),
            Ok(None) => Err(unexpected()),
            Err(error) => Err(error),
        }
    }

    /// The rows of the page.
    pub(crate) fn rows<M: Manager>(&mut self) -> Result<Rows<M>, Error> {
        match self.page() {
            Ok(page) => Ok(Rows::new(page)),
            Err(error) => Err(error),
        }
    }

    /// Passes each of the typed rows to a function.
    pub(crate) fn each_row<M: Manager>(&mut self, with: &mut dyn FnMut(&M)) -> Result<(), Error> {
        match self {
            Self::Several(answers) => answers.iter_mut().try_for_each(|answer| answer.each_row(with)),
            Self::Page(page) => {
                page.rows::<M>().iter().for_each(with);
                Ok(())
            }
            row => {
                if let Some(row) = row.optional_row()? {
                    with(&row);
                }
                Ok(())
            }
        }
    }

    /// The page of typed rows.
    pub(crate) fn page(&mut self) -> Result<Arc<ErasedPage>, Error> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Page(page) => Ok(page),
            _ => Err(unexpected()),
        }
    }

    /// The rows as JSON, copied where they are shared.
    pub(crate) fn json(self) -> Result<ItemsPage, Error> {
        match self {
            Self::Json(page) => Ok(page),
            Self::SharedJson(page) => Ok(page.copy()),
            _ => Err(unexpected()),
        }
    }

    /// The rows that are not decoded, copied where they are shared.
    pub(crate) fn records(self) -> Result<RecordPage, Error> {
        match self {
            Self::Records(page) => Ok(page),
            Self::SharedRecords(page) => Ok(RecordPage::clone(&page)),
            _ => Err(unexpected()),
        }
    }

    /// The rows that are not decoded.
    pub(crate) fn shared_records(self) -> Result<Arc<RecordPage>, Error> {
        match self {
            Self::Records(page) => Ok(Arc::new(page)),
            Self::SharedRecords(page) => Ok(page),
            _ => Err(unexpected()),
        }
    }

    /// The row that is not decoded, copied where it is shared. Absent where there is none.
    pub(crate) fn record(self) -> Result<Option<Record>, Error> {
        match self {
            Self::Record(row) => Ok(Some(row)),
            Self::SharedRecord(row) => Ok(Some(Record::clone(&row))),
            Self::Nothing => Ok(None),
            _ => Err(unexpected()),
        }
    }

    /// The number of rows.
    pub(crate) fn count(&mut self) -> Result<u64, Error> {
        match self {
            Self::Count(count) => Ok(*count),
            _ => Err(unexpected()),
        }
    }

    /// The numbers of rows by the values of a field of this type.
    pub(crate) fn groups<T: FieldType>(&mut self) -> Result<Vec<(T, u64)>, Error> {
        match self {
            Self::Groups(groups) => groups.typed(),
            _ => Err(unexpected()),
        }
    }

    /// Whether the number of rows is above zero.
    pub(crate) fn exists(&mut self) -> Result<bool, Error> {
        self.count().map(|count| count > 0)
    }

    /// The ids of created rows.
    pub(crate) fn ids<M: Manager>(&mut self) -> Result<Vec<M::Id>, Error> {
        let Self::Ids(ids) = self else {
            return Err(unexpected());
        };
        let ids = std::mem::take(ids).into_iter().map(M::Id::from_value);
        ids.collect::<Result<_, _>>()
            .map_err(|error| M::DESCRIPTION.invalid(M::DESCRIPTION.id_index(), error))
    }

    /// Success, whatever the answer says.
    pub(crate) fn nothing(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

// An interface answers in the requested representation, and the key of a cache includes it.
fn unexpected() -> Error {
    Error::Unavailable("an interface gave an answer of another kind")
}
