//! The one dynamic trait behind which every interface stands.

use std::future::Future;
use std::pin::Pin;
#[cfg(feature = "server")]
use std::sync::Arc;

use crate::error::{Error, FieldError};
use crate::field::Value;
use crate::interface::InFlight;
use crate::manager::{Record, Values};
#[cfg(feature = "server")]
use crate::protocol::reply::{Items, ItemsPage, RowWriter};
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

    /// The rows that match as JSON, as [`query`](Self::query) gives them. Storage that writes them without a record of
    /// each says how.
    #[cfg(feature = "server")]
    fn query_json<'a>(
        &'a self,
        select: &'a Select,
        writer: &'a Arc<RowWriter>,
    ) -> BoxFuture<'a, Result<ItemsPage, Error>> {
        Box::pin(async move {
            let page = self.query(select).await?;
            Ok(ItemsPage {
                items: writer.items(page.rows.iter())?,
                total_count: page.total_count,
                page_size: page.page_size,
            })
        })
    }

    /// The row of this id as JSON.
    #[cfg(feature = "server")]
    fn get_json<'a>(
        &'a self,
        id: &'a Value,
        writer: &'a Arc<RowWriter>,
    ) -> BoxFuture<'a, Result<Option<Items>, Error>> {
        Box::pin(async move {
            let row = self.get(id).await?;
            row.map(|row| writer.items(std::iter::once(row.values())))
                .transpose()
        })
    }

    /// Writes, and publishes the change once it is visible to every reader, before the future is ready.
    ///
    /// Once the future has been polled, dropping it neither stops the write nor keeps its change from being
    /// published.
    fn write(&self, write: Write, in_flight: InFlight) -> BoxFuture<'static, Result<Written, Error>>;
}

/// A write.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// Adds a row of these values.
    Create(Values),
    /// Gives these fields of a row new values.
    Update(Value, Values),
    /// Removes a row, and says why.
    Delete(Value, Option<String>),
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
