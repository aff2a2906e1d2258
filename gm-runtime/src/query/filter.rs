//! Conditions on the rows of one manager, joined by `&`.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Lookup;

/// Conditions on the rows of `M`, all of which must hold. The lookups of a field return a filter, and `&` joins filters.
///
/// There is no `|`, because a query on the wire is one conjunction. [`is_in`](crate::query::Field::is_in) matches several
/// values of one field. Any other alternative needs a query of its own.
#[must_use = "a filter does nothing until it is passed to `filter` or `exclude`"]
pub struct Filter<M> {
    pub(crate) lookups: Vec<Lookup>,
    brand: PhantomData<fn() -> M>,
}

/// The result of the closures of `filter` and `exclude`: a [`Filter`] of the query's manager.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on the rows of `{M}`",
    label = "expected lookups of `{M}`'s fields, joined by `&`",
    note = "write `|p| p.name.eq(\"a\") & p.status.eq(\"b\")`: `eq`, `gt` and `lte` replace `==`, `>` and `<=`, `&` replaces `&&`, and the fields are those that the closure receives",
    note = "there is no `||` and no `!`: write `is_in([..])` for several values of one field, and `exclude(|p| p.status.eq(\"b\"))` on the query to leave rows out; any other alternative is a query of its own"
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

/// The right side of `|`. No type implements it, so that the compile error says what to use.
#[diagnostic::on_unimplemented(
    message = "`|` can't join conditions: all conditions of a query must hold",
    label = "a query has no `|`",
    note = "write `is_in([..])` for several values of one field; any other alternative is a query of its own"
)]
#[doc(hidden)]
pub trait Alternative<M> {
    /// The alternative of the two.
    fn or(self, other: Filter<M>) -> Filter<M>;
}

impl<M, A: Alternative<M>> BitOr<A> for Filter<M> {
    type Output = Self;

    fn bitor(self, alternative: A) -> Self {
        alternative.or(self)
    }
}

/// The result of `!filter`. It is no condition, so that the compile error suggests `exclude`. With a bound on `!`, the compiler
/// would report only that the operator is missing.
#[doc(hidden)]
#[derive(Debug)]
pub struct UseExclude<M>(PhantomData<fn() -> M>);

#[doc(hidden)]
impl<M> Not for Filter<M> {
    type Output = UseExclude<M>;

    fn not(self) -> UseExclude<M> {
        UseExclude(PhantomData)
    }
}

// `&` accepts it, so that joined conditions are no second error.
#[doc(hidden)]
impl<M, A> BitAnd<A> for UseExclude<M> {
    type Output = Self;

    fn bitand(self, _: A) -> Self {
        self
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
