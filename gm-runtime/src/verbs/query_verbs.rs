//! The verbs of a query.

use std::sync::Arc;

use super::untyped_query::QueryVerb;
use super::{Query, ReadFuture, RowStream, Watch};
use crate::field::OrderedField;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::{Manager, Watches};
use crate::query::{ErasedManager, Field, Filterable, OfOwnRow, Rows};

impl<M: Manager> Query<M> {
    /// All rows that match, from all pages. After [`page`](Self::page) or [`after`](Self::after), the rows of that page.
    ///
    /// The pages of another service are requested one after the other, by cursors if its owner has them. Rows may be added,
    /// removed and moved meanwhile. The result contains each row that did not change, and no row twice. If that is impossible,
    /// the error is [`EndlessCursors`](crate::error::QueryError::EndlessCursors) or
    /// [`UnstablePages`](crate::error::QueryError::UnstablePages), and a retry may succeed.
    ///
    /// # Errors
    /// - [`Error::Query`](crate::Error::Query) if the query is invalid, if its rows need more than
    ///   [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes), and if the read takes longer than
    ///   [`pages_time_limit`](crate::GmBuilder::pages_time_limit).
    /// - The errors of the storage or of the other service.
    pub fn all<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, Rows<M>> {
        ReadFuture::query(
            QueryVerb::All,
            Arc::clone(&self.untyped),
            gm,
            ErasedManager::of::<M>(),
            Answer::rows,
        )
    }

    /// A stream of the rows, which are read page by page. Methods such as `next` are in `StreamExt` and `TryStreamExt` of
    /// futures-util.
    ///
    /// Like [`all`](Self::all), it contains each row that does not change meanwhile exactly once, in order. After
    /// [`after`](Self::after), it contains all rows behind the cursor.
    ///
    /// By cursors it holds one page, however many rows there are. A row that is moved behind the stream's position meanwhile
    /// comes again, with its new values. By page numbers, from an owner or storage without cursors, it holds the ids of its
    /// rows, and returns no row twice.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use futures_util::TryStreamExt as _;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// let mut projects = Project::query().page_size(500).stream(&gm);
    /// while let Some(project) = projects.try_next().await? {
    ///     println!("{}", project.name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// An item may be one of the errors of [`all`](Self::all). The stream ends after it.
    pub fn stream(&self, gm: &Gm) -> RowStream<M> {
        RowStream::new(Arc::clone(&self.untyped), gm)
    }

    /// A live query: a stream of the results of [`all`](Self::all), now and after each change of the result. [`Watch`] describes
    /// its guarantees.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use futures_util::TryStreamExt as _;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// let mut live = Project::query().watch(&gm);
    /// assert_eq!(live.try_next().await?.map(|rows| rows.len()), Some(0));
    /// Project::create(ProjectCreate { name: "Alpha".into() }).exec(&gm).await?;
    /// assert_eq!(live.try_next().await?.map(|rows| rows.len()), Some(1));
    /// # Ok(()) }
    /// ```
    #[must_use = "nothing is read until the stream is polled"]
    pub fn watch(&self, gm: &Gm) -> Watch<M>
    where
        for<'x> M: Watches<'x>,
    {
        Watch::new(self.clone(), gm)
    }

    /// The first row that matches, if there is one. After [`page`](Self::page), the first row of that page. It requests one row
    /// and no total.
    ///
    /// # Errors
    /// The errors of [`all`](Self::all).
    pub fn first<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, Option<M>> {
        ReadFuture::query(
            QueryVerb::First,
            Arc::clone(&self.untyped),
            gm,
            ErasedManager::of::<M>(),
            Answer::optional_row,
        )
    }

    /// The only row that matches. After [`page`](Self::page), the only row of that page.
    ///
    /// # Errors
    /// [`Error::NoMatch`](crate::Error::NoMatch) and [`Error::SeveralMatch`](crate::Error::SeveralMatch), and the errors of
    /// [`all`](Self::all).
    pub fn one<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, M> {
        ReadFuture::query(
            QueryVerb::One,
            Arc::clone(&self.untyped),
            gm,
            ErasedManager::of::<M>(),
            Answer::row,
        )
    }

    /// The number of rows that match, on all pages.
    ///
    /// # Errors
    /// The errors of [`all`](Self::all).
    pub fn count<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, u64> {
        ReadFuture::query(
            QueryVerb::Count,
            Arc::clone(&self.untyped),
            gm,
            ErasedManager::of::<M>(),
            Answer::count,
        )
    }

    /// The numbers of rows that match, on all pages, by the values of a field. The greatest number comes first, and equal ones are
    /// in the order of their values, null last. A value that no row has is missing.
    ///
    /// A database counts them in one statement. Another service must allow it by `allow_counts`, and its answer is cached like a
    /// list.
    ///
    /// ```
    /// # use gm_runtime::{FieldType, GeneralManager, Gm};
    /// # #[derive(Clone, Debug, PartialEq, FieldType)]
    /// # pub enum Status { Open, Closed }
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "tickets")]
    /// # pub struct Ticket { #[field(id)] pub id: i64, pub status: Status }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Ticket>().build().await?;
    /// for status in [Status::Open, Status::Closed, Status::Open] {
    ///     Ticket::create(TicketCreate { status }).exec(&gm).await?;
    /// }
    /// let counts = Ticket::query().count_by(|t| t.status, &gm).await?;
    /// assert_eq!(counts, [(Status::Open, 2), (Status::Closed, 1)]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Unsupported`](crate::Error::Unsupported), before anything is sent, if the other service does not announce it.
    /// - [`TooManyGroups`](crate::error::QueryError::TooManyGroups) for too many values. Another service answers with at most 1,000,
    ///   and refuses more with [`Error::Remote`](crate::Error::Remote).
    /// - The errors of [`all`](Self::all).
    pub fn count_by<'g, T, P, A>(
        &self,
        field: impl FnOnce(M::Fields) -> Field<M, T, P, A>,
        gm: &'g Gm,
    ) -> ReadFuture<'g, Vec<(T, u64)>>
    where
        T: OrderedField,
        P: OfOwnRow,
        A: Filterable,
    {
        ReadFuture::query(
            QueryVerb::CountBy(field(M::FIELDS).index()),
            Arc::clone(&self.untyped),
            gm,
            ErasedManager::of::<M>(),
            Answer::groups,
        )
    }

    /// Whether any row matches. After [`page`](Self::page), whether that page has a row. It requests one row and no total.
    ///
    /// # Errors
    /// The errors of [`all`](Self::all).
    pub fn exists<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, bool> {
        ReadFuture::query(
            QueryVerb::Exists,
            Arc::clone(&self.untyped),
            gm,
            ErasedManager::of::<M>(),
            Answer::exists,
        )
    }
}
