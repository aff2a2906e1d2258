//! The typed query and its verbs.

use std::marker::PhantomData;

use futures_core::Stream;

use super::{IntoFilter, IntoOrdering, QueryError, Rows, Select, Watch};
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Filters, Manager, Watches};

/// Rows of `M` to read: the conditions, the order and the page, and the verbs that read them.
///
/// A query is plain data: it can be kept, cloned and run many times. The same verbs work on a manager whose rows
/// live in this service and on one whose rows are another service's.
///
/// ```no_run
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[remote_manager(base_url = "http://localhost", resource = "projects")]
/// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String, pub status: String }
/// # async fn example() -> Result<(), gm_runtime::Error> {
/// let gm = Gm::builder().build().await?;
/// let active = RemoteProject::filter(|p| p.status.eq("active"))
///     .order_by(|p| p.name.asc())
///     .all(&gm)
///     .await?;
/// for project in &active {
///     println!("{}", project.name);
/// }
/// # Ok(()) }
/// ```
#[must_use = "a query reads nothing until a verb such as `all` is called on it"]
pub struct Query<M> {
    select: Select,
    excluded: bool,
    fresh: bool,
    problem: Option<QueryError>,
    #[cfg(feature = "client")]
    asked: crate::client::Asked,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager> Query<M> {
    /// Every row, by id.
    // The one place that asks whether reading is allowed: who has a query may run it. A bound on each verb would be an
    // error each.
    pub fn new() -> Self
    where
        for<'x> M: Filters<'x>,
    {
        Self {
            select: Select::new(),
            excluded: false,
            fresh: false,
            problem: None,
            #[cfg(feature = "client")]
            asked: crate::client::Asked::default(),
            brand: PhantomData,
        }
    }

    /// To be changed, which makes it another question.
    fn change(&mut self) -> &mut Select {
        #[cfg(feature = "client")]
        {
            self.asked = crate::client::Asked::default();
        }
        &mut self.select
    }

    /// Keeps the rows for which these conditions hold, along with those given before.
    pub fn filter<C: IntoFilter<M>>(mut self, conditions: impl FnOnce(M::Fields) -> C) -> Self {
        let lookups = conditions(M::fields()).into_filter().into_lookups();
        let select = self.change();
        if select.filters.is_empty() {
            select.filters = lookups;
        } else {
            select.filters.extend(lookups);
        }
        select.canonicalize();
        self
    }

    /// Leaves out the rows for which *all* of these conditions hold. Rows whose fields are null are kept.
    ///
    /// A query has one `exclude`, since the wire holds one: a second is an error when the query is run.
    pub fn exclude<C: IntoFilter<M>>(mut self, conditions: impl FnOnce(M::Fields) -> C) -> Self {
        if self.excluded {
            self.problem.get_or_insert(QueryError::SecondExclude {
                manager: M::DESCRIPTION.name(),
            });
        }
        self.excluded = true;
        let select = self.change();
        select
            .excludes
            .extend(conditions(M::fields()).into_filter().into_lookups());
        select.canonicalize();
        self
    }

    /// Sorts by this field, or by these, most significant first, after those given before. Rows without a value
    /// come last; ties are broken by the id, ascending.
    pub fn order_by<O: IntoOrdering<M>>(mut self, ordering: impl FnOnce(M::Fields) -> O) -> Self {
        self.change()
            .ordering
            .extend(ordering(M::fields()).into_ordering());
        self
    }

    /// Reads this page alone, counted from 1.
    pub fn page(mut self, page: u64) -> Self {
        self.change().page = Some(page);
        self
    }

    /// Sets the rows of a page. Without [`page`](Self::page), `all` still reads every page.
    pub fn page_size(mut self, rows: u64) -> Self {
        self.change().page_size = Some(rows);
        self
    }

    /// Reads past the cache, and keeps what was read.
    pub fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    async fn run(&self, gm: &Gm, select: Select) -> Result<Rows<M>, Error> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone().into());
        }
        let page = gm
            .managed::<M>()?
            .page::<M>(select, self.fresh, gm.principal())
            .await?;
        Ok(Rows::new(page))
    }

    /// What the cache has of [`all`](Self::all), where it is still true: without a copy of the query, which is what it
    /// costs to ask for it. A query that can't be sent was never answered.
    #[cfg(feature = "client")]
    fn recall(&self, gm: &Gm) -> Option<Rows<M>> {
        if self.fresh || self.problem.is_some() {
            return None;
        }
        let managed = gm.managed::<M>().ok()?;
        let cache = managed.cache()?;
        if !managed.allows(crate::manager::Operation::Filter, gm.principal()) {
            return None;
        }
        cache.recall(&self.asked, &self.select).map(Rows::new)
    }

    /// Every row that matches, however many pages that takes; after [`page`](Self::page), the rows of that page.
    ///
    /// Several pages of another service are several replies: a row that moves between them is given once.
    ///
    /// # Errors
    /// [`Error::Query`] when the query can't be sent, else what the storage or the other service answers.
    pub async fn all(&self, gm: &Gm) -> Result<Rows<M>, Error> {
        #[cfg(feature = "client")]
        if let Some(rows) = self.recall(gm) {
            return Ok(rows);
        }
        let select = Select {
            count: true,
            ..self.select.clone()
        };
        self.run(gm, select).await
    }

    /// The rows one by one, read page by page as they are asked for. (`next` and the like are those of futures-util's
    /// `StreamExt` and `TryStreamExt`.)
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
    pub fn stream(&self, gm: &Gm) -> impl Stream<Item = Result<M, Error>> + Send + Unpin + 'static {
        super::stream::pages(self.clone(), gm.clone())
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
    pub async fn first(&self, gm: &Gm) -> Result<Option<M>, Error> {
        Ok(self.run(gm, self.head(1)).await?.first().cloned())
    }

    /// The one row that matches; after [`page`](Self::page), the one row of that page.
    ///
    /// # Errors
    /// [`Error::NoMatch`] and [`Error::SeveralMatch`], and as for [`all`](Self::all).
    pub async fn one(&self, gm: &Gm) -> Result<M, Error> {
        let manager = M::DESCRIPTION.name();
        match &*self.run(gm, self.head(2)).await? {
            [] => Err(Error::NoMatch { manager }),
            [row] => Ok(row.clone()),
            [..] => Err(Error::SeveralMatch { manager }),
        }
    }

    /// How many rows match, on all pages.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub async fn count(&self, gm: &Gm) -> Result<u64, Error> {
        let head = Select {
            ordering: Vec::new(),
            page: Some(1),
            page_size: Some(1),
            count: true,
            ..self.select.clone()
        };
        match self.run(gm, head).await?.total_count() {
            Some(count) => Ok(count),
            // A server may leave the total out; then the rows are counted.
            None => {
                let all = Select {
                    page: None,
                    page_size: None,
                    ..self.select.clone()
                };
                Ok(self.run(gm, all).await?.len() as u64)
            }
        }
    }

    /// Whether any row matches; after [`page`](Self::page), whether that page has one. Asks for one row and no count.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub async fn exists(&self, gm: &Gm) -> Result<bool, Error> {
        Ok(!self.run(gm, self.head(1)).await?.is_empty())
    }

    /// The first rows of all, or the query's own page.
    fn head(&self, rows: u64) -> Select {
        let mut select = self.select.clone();
        if select.page.is_none() {
            select.page = Some(1);
            select.page_size = Some(rows);
        }
        select
    }

    /// The rows of this page, of this size or of the service's default.
    pub(super) async fn page_of(&self, gm: &Gm, page: u64, page_size: Option<u64>) -> Result<Rows<M>, Error> {
        let select = Select {
            page: Some(page),
            page_size,
            ..self.select.clone()
        };
        self.run(gm, select).await
    }

    /// The query without its type.
    #[must_use]
    pub fn select(&self) -> &Select {
        &self.select
    }
}

impl<M: Manager> Default for Query<M>
where
    for<'x> M: Filters<'x>,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Clone for Query<M> {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            excluded: self.excluded,
            fresh: self.fresh,
            problem: self.problem.clone(),
            #[cfg(feature = "client")]
            asked: crate::client::Asked::default(),
            brand: PhantomData,
        }
    }
}

impl<M> std::fmt::Debug for Query<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Query").field(&self.select).finish()
    }
}
