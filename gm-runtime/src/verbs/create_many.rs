//! Many new rows at once.

use std::marker::PhantomData;

use super::bulk::PendingBulk;
use super::draft::{Draft, Insert};
use super::{WriteFuture, WritesMany};
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::{Manager, Values};

/// Many new rows of `M`, from `create_many`. [`exec`](Self::exec) writes them.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "tickets")]
/// # pub struct Ticket { #[field(id)] pub id: i64, pub title: String, pub note: Option<String> }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Ticket>().build().await?;
/// let rows = ["a", "b"].map(|title| TicketCreate { title: title.into() });
/// let ids = Ticket::create_many(rows).exec(&gm).await?;
/// assert_eq!(ids, [1, 2]);
/// // Drafts have optional fields, too.
/// let drafts = rows_of_a_file().map(|title| Ticket::create(TicketCreate { title }).note("imported"));
/// Ticket::create_many(drafts).exec(&gm).await?;
/// # fn rows_of_a_file() -> impl Iterator<Item = String> { ["c".to_owned()].into_iter() }
/// # Ok(()) }
/// ```
#[must_use = "nothing is written until `exec` is called and awaited"]
pub struct CreateMany<M> {
    rows: Vec<Values>,
    manager: PhantomData<fn() -> M>,
}

impl<M: Manager> CreateMany<M> {
    #[doc(hidden)]
    pub fn new<R>(rows: impl IntoIterator<Item = R>, into: fn(R) -> Draft<Insert>) -> Self
    where
        for<'x> M: WritesMany<'x>,
    {
        Self {
            rows: rows.into_iter().map(|row| into(row).into_parts().1).collect(),
            manager: PhantomData,
        }
    }

    /// No rows, for a manager whose rows can't be written many at once.
    #[doc(hidden)]
    pub fn none() -> Self
    where
        for<'x> M: WritesMany<'x>,
    {
        Self {
            rows: Vec::new(),
            manager: PhantomData,
        }
    }

    /// Writes all rows in one transaction, and returns their ids in the order of the rows.
    ///
    /// Each row is judged as by a single create: its values and defaults, `#[manager(validate)]`, and for a handle that
    /// [acts as](Gm::acting_as) a caller the rules and presets. One refused row refuses all of them. Up to 64 rows are published as
    /// single events, and more as one refresh.
    ///
    /// # Errors
    /// - [`Error::Bulk`](crate::Error::Bulk) with the place of the row that is refused, and its error.
    /// - [`Error::Query`](crate::Error::Query) for more rows than [`max_bulk_rows`](crate::GmBuilder::max_bulk_rows), more memory than
    ///   [`max_bulk_bytes`](crate::GmBuilder::max_bulk_bytes), or a longer time than
    ///   [`bulk_time_limit`](crate::GmBuilder::bulk_time_limit).
    /// - [`Error::NoBulkWrites`](crate::Error::NoBulkWrites) if the builder was given storage of the application.
    /// - The errors of the storage.
    pub fn exec(self, gm: &Gm) -> WriteFuture<'_, Vec<M::Id>> {
        WriteFuture::bulk::<M>(PendingBulk::Create(self.rows), gm, Answer::ids::<M>)
    }
}

impl<M> Clone for CreateMany<M> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            manager: PhantomData,
        }
    }
}

impl<M: Manager> std::fmt::Debug for CreateMany<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateMany")
            .field("manager", &M::DESCRIPTION.name())
            .field("rows", &self.rows.len())
            .finish()
    }
}
