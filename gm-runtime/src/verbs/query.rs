//! The query of a manager.

use std::marker::PhantomData;
use std::sync::Arc;

use super::untyped_query::UntypedQuery;
use crate::manager::{Filters, Manager};
use crate::query::{Conditions, Cursor, IntoFilter, IntoOrdering, Ordering, Select};

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

    /// Reads only this page. The first page is 1. Replaces [`after`](Self::after).
    ///
    /// The rows before the page are read and skipped, so that a page is the slower the greater its number is. A page behind a
    /// cursor is as fast as the first one.
    pub fn page(self, page: u64) -> Self {
        Self::of(self.untyped.page(page))
    }

    /// Reads only the page behind this cursor, or with `None` the first page. Replaces [`page`](Self::page).
    ///
    /// [`Rows::next_cursor`](crate::query::Rows::next_cursor) gives the cursor of the page that follows. The query must have
    /// the ordering with which the cursor was made. [`page_size`](Self::page_size) sets the number of rows, which is otherwise
    /// the owner's default. [`stream`](Self::stream) does not end with the page, and reads all rows behind the cursor.
    /// [`count`](Self::count) counts the rows before the cursor, too.
    ///
    /// Rows that did not change are neither left out nor read twice. [`Cursor`] describes what it promises.
    ///
    /// # Errors
    /// The verbs return [`QueryError::Cursor`](crate::error::QueryError::Cursor) for a cursor that does not fit the query, and
    /// [`Error::Unsupported`](crate::Error::Unsupported) if the owner of the rows, or the application's own
    /// storage, has no cursors. Another service refuses a wrong cursor with status 400.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// # for name in ["c", "a", "b"] {
    /// #     Project::create(ProjectCreate { name: name.into() }).exec(&gm).await?;
    /// # }
    /// let mut names = Vec::new();
    /// let mut cursor = None;
    /// loop {
    ///     let query = Project::query().order_by(|p| p.name.asc()).page_size(2);
    ///     let page = query.after(cursor.as_ref()).without_count().all(&gm).await?;
    ///     names.extend(page.iter().map(|project| project.name.clone()));
    ///     cursor = page.next_cursor().cloned();
    ///     if cursor.is_none() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(names, ["a", "b", "c"]);
    /// # Ok(()) }
    /// ```
    pub fn after<'c>(self, cursor: impl Into<Option<&'c Cursor>>) -> Self {
        Self::of(self.untyped.after(cursor.into()))
    }

    /// Reads a page without the number of all rows that match. [`Rows::total_count`](crate::query::Rows::total_count) is `None`
    /// then.
    ///
    /// The storage counts all matching rows for the total, which takes the longer the more of them there are. Without
    /// [`page`](Self::page) and [`after`](Self::after) it has no effect, since the total of all rows costs nothing. An owner that
    /// always counts gives the total all the same.
    pub fn without_count(self) -> Self {
        Self::of(self.untyped.without_count())
    }

    /// Sets the number of rows of a page. Without [`page`](Self::page) and [`after`](Self::after), `all` still reads all pages.
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
