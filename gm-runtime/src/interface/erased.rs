//! The one dynamic trait behind which every interface stands.

use std::future::Future;
use std::pin::Pin;

use crate::error::Error;
use crate::field::{FieldError, Value};
use crate::manager::{Record, Values};
use crate::query::{RecordPage, Select};

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A manager's rows without their type. What comes in is checked: fields exist, values fit them, defaults are filled
/// in, permissions hold.
pub(crate) trait ErasedInterface: Send + Sync {
    /// The rows that match. Without a page: every row. `total_count` is that of the same state as
    /// the rows, and absent unless asked for.
    fn query<'a>(&'a self, select: &'a Select) -> BoxFuture<'a, Result<RecordPage, Error>>;

    /// The row of this id.
    fn get<'a>(&'a self, id: &'a Value) -> BoxFuture<'a, Result<Option<Record>, Error>>;

    /// Writes, and publishes the change once it is visible to every reader, before the future is ready.
    ///
    /// Once the future has been polled, dropping it neither stops the write nor keeps its change from being
    /// published.
    fn write(&self, write: Write) -> BoxFuture<'static, Result<Written, Error>>;

    /// Takes no more writes, finishes those that wait, and releases what it holds.
    fn close(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A write.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// Adds a row of these values.
    Create(Values),
    /// Gives these fields of a row new values.
    Update(Value, Values),
    /// Removes a row, and says why.
    Delete(
        Value,
        #[cfg_attr(
            not(feature = "client"),
            expect(dead_code, reason = "no storage here keeps a history")
        )]
        Option<String>,
    ),
}

/// A write before its values are judged, and what is known to be wrong with those that could not even be read.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) write: Write,
    pub(crate) errors: Vec<FieldError>,
}

impl From<Write> for Proposal {
    fn from(write: Write) -> Self {
        Self {
            write,
            errors: Vec::new(),
        }
    }
}

/// What a write did.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// The row as it is now.
    Row(Record),
    /// The row as it is now can't be read by this caller.
    Unreadable,
    /// The row is gone.
    Deleted,
    /// There was no such row.
    Missing,
}
