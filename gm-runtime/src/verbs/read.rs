//! The verbs that read the rows of a query.

use std::sync::Arc;

use super::plan::Wanted;
use super::{Query, ReadFuture, RowStream, Watch};
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::{Manager, Watches};
use crate::query::{ErasedManager, Rows};

impl<M: Manager> Query<M> {
    /// Every row that matches, however many pages that takes; after [`page`](Self::page), the rows of that page.
    ///
    /// Several pages of another service are several replies, which overlap: however rows are added, removed and moved
    /// meanwhile, each that nobody touched is among the result, and none is given twice. Where that can't be had the
    /// reading ends with [`UnstablePages`](crate::error::QueryError::UnstablePages), which is worth another try.
    ///
    /// # Errors
    /// [`Error::Query`](crate::Error::Query) when the query can't be sent, when its rows are more than
    /// [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes) or take longer than
    /// [`pages_time_limit`](crate::GmBuilder::pages_time_limit), else what the storage or the other service answers.
    pub fn all<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, Rows<M>> {
        ReadFuture::query(
            Wanted::All,
            Arc::clone(&self.plan),
            gm,
            ErasedManager::of::<M>(),
            Answer::rows,
        )
    }

    /// The rows one by one, read page by page as they are asked for. (`next` and the like are those of futures-util's
    /// `StreamExt` and `TryStreamExt`.) As of [`all`](Self::all), each row that nobody touches meanwhile is given, and
    /// none twice.
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
    /// Each item may be one of those of [`all`](Self::all); the stream ends after it.
    pub fn stream(&self, gm: &Gm) -> RowStream<M> {
        RowStream::new(Arc::clone(&self.plan), gm)
    }

    /// The live query: the rows that [`all`](Self::all) gives, now and after every change that matters. [`Watch`] says
    /// what is promised.
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

    /// The first row that matches, if there is one; after [`page`](Self::page), the first of that page. Asks for one
    /// row and no count.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub fn first<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, Option<M>> {
        ReadFuture::query(
            Wanted::First,
            Arc::clone(&self.plan),
            gm,
            ErasedManager::of::<M>(),
            Answer::optional_row,
        )
    }

    /// The one row that matches; after [`page`](Self::page), the one row of that page.
    ///
    /// # Errors
    /// [`Error::NoMatch`](crate::Error::NoMatch) and [`Error::SeveralMatch`](crate::Error::SeveralMatch), and as for [`all`](Self::all).
    pub fn one<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, M> {
        ReadFuture::query(
            Wanted::One,
            Arc::clone(&self.plan),
            gm,
            ErasedManager::of::<M>(),
            Answer::row,
        )
    }

    /// How many rows match, on all pages.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub fn count<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, u64> {
        ReadFuture::query(
            Wanted::Count,
            Arc::clone(&self.plan),
            gm,
            ErasedManager::of::<M>(),
            Answer::count,
        )
    }

    /// Whether any row matches; after [`page`](Self::page), whether that page has one. Asks for one row and no count.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub fn exists<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, bool> {
        ReadFuture::query(
            Wanted::Exists,
            Arc::clone(&self.plan),
            gm,
            ErasedManager::of::<M>(),
            Answer::exists,
        )
    }
}
