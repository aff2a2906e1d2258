//! The query of a manager.

use std::marker::PhantomData;
use std::sync::Arc;

use super::untyped_query::UntypedQuery;
use crate::manager::{Filters, Manager};
use crate::query::{Conditions, IntoFilter, IntoOrdering, Ordering, Select};

/// A query for rows of `M`: its conditions, its order and its page. Its verbs read the rows.
///
/// A query is plain data. It can be stored, cloned and executed many times, and the futures of its verbs do not borrow it. The
/// verbs are the same for rows in this service and for rows of another service.
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
    pub(super) untyped: Arc<UntypedQuery>,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager> Query<M> {
    /// A query for all rows, ordered by id.
    // The only place with the bound that reads are allowed. A bound on each verb would cause an error for each of them.
    pub fn new() -> Self
    where
        for<'x> M: Filters<'x>,
    {
        Self::of(Arc::new(UntypedQuery::new()))
    }

    fn of(untyped: Arc<UntypedQuery>) -> Self {
        Self {
            untyped,
            brand: PhantomData,
        }
    }

    /// The query of this select.
    #[cfg(feature = "testing")]
    pub(crate) fn of_select(select: Select) -> Self {
        Self::of(Arc::new(UntypedQuery::of(select)))
    }

    /// Adds conditions that must hold.
    pub fn filter<C: IntoFilter<M>>(self, conditions: impl Conditions<M::Fields, C>) -> Self {
        let conditions = conditions(M::FIELDS).into_filter();
        Self::of(self.untyped.filter(conditions.lookups))
    }

    /// Excludes the rows for which *all* of these conditions hold. Rows with null in one of these fields are not excluded.
    ///
    /// A query has one `exclude`, as a request has. After a second one, the verbs return
    /// [`QueryError::SecondExclude`](crate::error::QueryError::SecondExclude).
    pub fn exclude<C: IntoFilter<M>>(self, conditions: impl Conditions<M::Fields, C>) -> Self {
        let conditions = conditions(M::FIELDS).into_filter();
        Self::of(self.untyped.exclude(conditions.lookups, M::DESCRIPTION))
    }

    /// Adds fields to sort by, most significant first. Rows without a value are last. Ties are broken by the id, ascending.
    pub fn order_by<O: IntoOrdering<M>>(self, ordering: impl Ordering<M::Fields, O>) -> Self {
        let ordering = ordering(M::FIELDS).into_ordering();
        Self::of(self.untyped.order_by(ordering))
    }

    /// Reads only this page. The first page is 1.
    pub fn page(self, page: u64) -> Self {
        Self::of(self.untyped.page(page))
    }

    /// Sets the number of rows of a page. Without [`page`](Self::page), `all` still reads all pages.
    #[doc(alias = "limit")]
    pub fn page_size(self, rows: u64) -> Self {
        Self::of(self.untyped.page_size(rows))
    }

    /// The query without the type of its manager.
    #[must_use]
    pub fn select(&self) -> &Select {
        &self.untyped.select
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
            untyped: Arc::clone(&self.untyped),
            brand: PhantomData,
        }
    }
}

impl<M> std::fmt::Debug for Query<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Query").field(&self.untyped.select).finish()
    }
}
