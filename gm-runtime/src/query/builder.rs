//! The typed query and its verbs.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{Conditions, IntoFilter, IntoOrdering, Ordering, Plan, RowStream, Rows, Select, Wanted, Watch};
use crate::gm::Gm;
use crate::manager::{Filters, Kind, Manager, Watches, count, exists, owned, perhaps, rows_of};
use crate::verbs::Reading;

/// Rows of `M` to read: the conditions, the order and the page, and the verbs that read them.
///
/// A query is plain data: it can be kept, cloned and run many times, and its readings do not borrow it. The same verbs work on a manager whose rows
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
    plan: Arc<Plan>,
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
        Self::of(Arc::new(Plan::new()))
    }

    fn of(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            brand: PhantomData,
        }
    }

    /// Keeps the rows for which these conditions hold, along with those given before.
    pub fn filter<C: IntoFilter<M>>(self, conditions: impl Conditions<M::Fields, C>) -> Self {
        let conditions = conditions(M::FIELDS).into_filter();
        Self::of(self.plan.filter(conditions.lookups))
    }

    /// Leaves out the rows for which *all* of these conditions hold. Rows whose fields are null are kept.
    ///
    /// A query has one `exclude`, since the wire holds one: a second is an error when the query is run.
    pub fn exclude<C: IntoFilter<M>>(self, conditions: impl Conditions<M::Fields, C>) -> Self {
        let conditions = conditions(M::FIELDS).into_filter();
        Self::of(self.plan.exclude(conditions.lookups, M::DESCRIPTION))
    }

    /// Sorts by this field, or by these, most significant first, after those given before. Rows without a value
    /// come last; ties are broken by the id, ascending.
    pub fn order_by<O: IntoOrdering<M>>(self, ordering: impl Ordering<M::Fields, O>) -> Self {
        let ordering = ordering(M::FIELDS).into_ordering();
        Self::of(self.plan.order_by(ordering))
    }

    /// Reads this page alone, counted from 1.
    pub fn page(self, page: u64) -> Self {
        Self::of(self.plan.page(page))
    }

    /// Sets the rows of a page. Without [`page`](Self::page), `all` still reads every page.
    #[doc(alias = "limit")]
    pub fn page_size(self, rows: u64) -> Self {
        Self::of(self.plan.page_size(rows))
    }

    /// Every row that matches, however many pages that takes; after [`page`](Self::page), the rows of that page.
    ///
    /// Several pages of another service are several replies, which overlap: however rows are added, removed and moved
    /// meanwhile, each that nobody touched is among the result, and none is given twice. Where that can't be had the
    /// reading ends with [`UnsteadyPages`](super::QueryError::UnsteadyPages), which is worth another try.
    ///
    /// # Errors
    /// [`Error::Query`](crate::Error::Query) when the query can't be sent, when its rows are more than
    /// [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes) or take longer than
    /// [`pages_time_limit`](crate::GmBuilder::pages_time_limit), else what the storage or the other service answers.
    pub fn all<'g>(&self, gm: &'g Gm) -> Reading<'g, Rows<M>> {
        Reading::query(Wanted::All, Arc::clone(&self.plan), gm, Kind::of::<M>(), rows_of)
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
    pub fn first<'g>(&self, gm: &'g Gm) -> Reading<'g, Option<M>> {
        Reading::query(
            Wanted::First,
            Arc::clone(&self.plan),
            gm,
            Kind::of::<M>(),
            perhaps,
        )
    }

    /// The one row that matches; after [`page`](Self::page), the one row of that page.
    ///
    /// # Errors
    /// [`Error::NoMatch`](crate::Error::NoMatch) and [`Error::SeveralMatch`](crate::Error::SeveralMatch), and as for [`all`](Self::all).
    pub fn one<'g>(&self, gm: &'g Gm) -> Reading<'g, M> {
        Reading::query(Wanted::One, Arc::clone(&self.plan), gm, Kind::of::<M>(), owned)
    }

    /// How many rows match, on all pages.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub fn count<'g>(&self, gm: &'g Gm) -> Reading<'g, u64> {
        Reading::query(Wanted::Count, Arc::clone(&self.plan), gm, Kind::of::<M>(), count)
    }

    /// Whether any row matches; after [`page`](Self::page), whether that page has one. Asks for one row and no count.
    ///
    /// # Errors
    /// As for [`all`](Self::all).
    pub fn exists<'g>(&self, gm: &'g Gm) -> Reading<'g, bool> {
        Reading::query(
            Wanted::Exists,
            Arc::clone(&self.plan),
            gm,
            Kind::of::<M>(),
            exists,
        )
    }

    /// The query without its type.
    #[must_use]
    pub fn select(&self) -> &Select {
        &self.plan.select
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
            plan: Arc::clone(&self.plan),
            brand: PhantomData,
        }
    }
}

impl<M> std::fmt::Debug for Query<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Query").field(&self.plan.select).finish()
    }
}
