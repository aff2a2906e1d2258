//! The verbs of a query.

use std::sync::Arc;

use super::untyped_query::QueryVerb;
use super::{Query, ReadFuture, RowStream, Watch};
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::{Manager, Watches};
use crate::query::{ErasedManager, Rows};

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
