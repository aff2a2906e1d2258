//! The typed query.

use std::marker::PhantomData;
use std::sync::Arc;

use super::plan::Plan;
use crate::manager::{Filters, Manager};
use crate::query::{Conditions, IntoFilter, IntoOrdering, Ordering, Select};

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
    pub(super) plan: Arc<Plan>,
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

    /// The query that this says.
    #[cfg(feature = "testing")]
    pub(crate) fn of_select(select: Select) -> Self {
        Self::of(Arc::new(Plan::of(select)))
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
