//! Conditions on the rows of one manager, joined by `&`.

use std::marker::PhantomData;
use std::ops::BitAnd;

use super::Lookup;

/// Conditions on the rows of `M`, all of which must hold. The lookups of a field return a filter, and `&` joins filters.
///
/// A query takes no `|`, because it is one conjunction on the wire. [`is_in`](crate::query::Field::is_in) matches several
/// values of one field. Any other alternative needs a query of its own. A rule of the application's own may use `|` and `!`,
/// which make a [`Condition`](crate::query::Condition).
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 50)] pub name: String, pub status: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// use gm_runtime::query::Filter;
///
/// /// A condition that several queries share.
/// fn is_open(project: ProjectFields) -> Filter<Project> {
///     project.status.is_in(["active", "new"])
/// }
///
/// Project::create(ProjectCreate { name: "a".into(), status: "active".into() }).exec(&gm).await?;
/// assert_eq!(Project::filter(is_open).count(&gm).await?, 1);
/// assert_eq!(Project::filter(|p| is_open(p) & p.name.contains("b")).count(&gm).await?, 0);
/// # Ok(()) }
/// ```
#[must_use = "a filter does nothing until it is passed to `filter` or `exclude`"]
pub struct Filter<M> {
    pub(crate) lookups: Vec<Lookup>,
    brand: PhantomData<fn() -> M>,
}

/// The result of the closures of `filter` and `exclude`: a [`Filter`] of the query's manager.
#[diagnostic::on_unimplemented(
    message = "a query of `{M}` takes lookups joined by `&`, not `{Self}`",
    label = "expected lookups of `{M}`'s fields, joined by `&`",
    note = "write `|p| p.name.eq(\"a\") & p.status.eq(\"b\")`: `eq`, `gt` and `lte` replace `==`, `>` and `<=`, `&` replaces `&&`, and the fields are those that the closure receives",
    note = "`|`, `||` and `!` are for rules, and a query has none of them: write `is_in([..])` for several values of one field, and `exclude(|p| p.status.eq(\"b\"))` on the query to leave rows out; any other alternative is a query of its own"
)]
pub trait IntoFilter<M> {
    /// The conditions.
    #[doc(hidden)]
    fn into_filter(self) -> Filter<M>;
}

impl<M> IntoFilter<M> for Filter<M> {
    fn into_filter(self) -> Self {
        self
    }
}

impl<M> Filter<M> {
    pub(crate) fn new(lookups: Vec<Lookup>) -> Self {
        Self {
            lookups,
            brand: PhantomData,
        }
    }
}

impl<M> From<Lookup> for Filter<M> {
    fn from(lookup: Lookup) -> Self {
        Self::new(vec![lookup])
    }
}

impl<M> BitAnd for Filter<M> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::new(joined(self.lookups, other.lookups))
    }
}

fn joined(mut lookups: Vec<Lookup>, mut others: Vec<Lookup>) -> Vec<Lookup> {
    lookups.append(&mut others);
    lookups
}

impl<M> Clone for Filter<M> {
    fn clone(&self) -> Self {
        Self::new(self.lookups.clone())
    }
}

impl<M> std::fmt::Debug for Filter<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Filter").field(&self.lookups).finish()
    }
}
