//! Updates and deletes of all rows that match a query.

use std::sync::Arc;

use super::bulk::PendingBulk;
use super::draft::Draft;
use super::untyped_query::UntypedQuery;
use super::{Query, WriteFuture};
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::{Manager, Values};

/// A manager whose rows this program may write many at once: `create_many`, `update_all` and `delete_all`. Its rows are in a database
/// of this service.
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` can't be written many at once",
    label = "its rows are not in a database of this service",
    note = "rows of another service and of an application's own storage are written one by one, since a part of the writes could not \
            be undone"
)]
pub trait WritesMany<'x> {
    /// The draft of an update of many rows.
    #[doc(hidden)]
    type UpdateAll;

    /// Starts an update of many rows.
    #[doc(hidden)]
    fn start_update_all(draft: Draft<PatchAll>) -> Self::UpdateAll;
}

/// The kind of a [`Draft`] that updates all rows that match a query.
#[doc(hidden)]
#[derive(Clone)]
pub struct PatchAll {
    query: Arc<UntypedQuery>,
}

impl PatchAll {
    /// The update of all rows that match to these values.
    pub(super) fn future<M: Manager>(self, values: Values, gm: &Gm) -> WriteFuture<'_, u64> {
        WriteFuture::bulk::<M>(PendingBulk::Update(self.query, values), gm, Answer::count)
    }
}

impl std::fmt::Debug for PatchAll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatchAll")
    }
}

impl<M: Manager> Query<M> {
    /// Starts an update of all rows that match. The draft's setters set fields, and `exec` writes them in one transaction.
    ///
    /// It returns the number of rows that were changed. A row that has the values already is not written, so its version stays and
    /// it has no event. The order of the query does not matter.
    ///
    /// Each row is judged as by a single update: `#[manager(validate)]`, and for a handle that [acts as](Gm::acting_as) a caller the
    /// rules and presets. Rows out of the caller's sight do not match. One refused row refuses all of them. Versions rise by one,
    /// whatever they are. Up to 64 rows are published as single events, and more as one refresh.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "tickets")]
    /// # pub struct Ticket { #[field(id)] pub id: i64, pub status: String, pub note: Option<String> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Ticket>().build().await?;
    /// # Ticket::create_many(["open", "open", "done"].map(|status| TicketCreate { status: status.into() })).exec(&gm).await?;
    /// let open = Ticket::filter(|t| t.status.eq("open"));
    /// let closed = open.update_all().status("done").note("closed by the night job").exec(&gm).await?;
    /// assert_eq!(closed, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of `exec` are those of [`delete_all`](Self::delete_all).
    pub fn update_all(&self) -> <M as WritesMany<'static>>::UpdateAll
    where
        for<'x> M: WritesMany<'x>,
    {
        let query = Arc::clone(&self.untyped);
        <M as WritesMany<'static>>::start_update_all(Draft::of(PatchAll { query }))
    }

    /// Deletes all rows that match in one transaction, and returns their number.
    ///
    /// Each row is judged as by a single delete. Rows out of the caller's sight do not match. One refused row refuses all of them.
    /// Up to 64 rows are published as single events, and more as one refresh.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "tickets")]
    /// # pub struct Ticket { #[field(id)] pub id: i64, pub status: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Ticket>().build().await?;
    /// # Ticket::create_many(["open", "done"].map(|status| TicketCreate { status: status.into() })).exec(&gm).await?;
    /// assert_eq!(Ticket::filter(|t| t.status.eq("done")).delete_all(&gm).await?, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Bulk`](crate::Error::Bulk) with the id of the row that is refused, and its error.
    /// - [`Error::Query`](crate::Error::Query) for a query that is invalid or has a page, for more rows than
    ///   [`max_bulk_rows`](crate::GmBuilder::max_bulk_rows), more memory than [`max_bulk_bytes`](crate::GmBuilder::max_bulk_bytes), or a
    ///   longer time than [`bulk_time_limit`](crate::GmBuilder::bulk_time_limit).
    /// - [`Error::NoBulkWrites`](crate::Error::NoBulkWrites) if the builder was given storage of the application.
    /// - The errors of the storage.
    pub fn delete_all<'g>(&self, gm: &'g Gm) -> WriteFuture<'g, u64>
    where
        for<'x> M: WritesMany<'x>,
    {
        let query = Arc::clone(&self.untyped);
        WriteFuture::bulk::<M>(PendingBulk::Delete(query), gm, Answer::count)
    }
}
