//! Conditions of one manager, joined by `&`.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Lookup;

/// One or more conditions on rows of `M`, all of which must hold: what a field's lookups give, joined by `&`.
///
/// There is no `|`, since the wire holds one conjunction. [`is_in`](crate::query::Field::is_in) asks for one of several
/// values of a field; anything else with an "or" in it is a query each.
#[must_use = "a filter does nothing until it is given to `filter` or `exclude`"]
pub struct Filter<M> {
    pub(crate) lookups: Vec<Lookup>,
    brand: PhantomData<fn() -> M>,
}

/// What the closures of `filter` and `exclude` give: a [`Filter`] of the query's own manager.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition on the rows of `{M}`",
    label = "expected lookups of `{M}`'s fields, joined by `&`",
    note = "write `|p| p.name.eq(\"a\") & p.status.eq(\"b\")`, with `eq`, `gt`, `lte` and so on in place of `==`, `>` and `<=`, with `&` in place of `&&`, and with the fields that the closure is given",
    note = "there is no `||` and no `!`: for several values of one field write `is_in([..])`, to leave rows out `exclude(|p| p.status.eq(\"b\"))` on the query, and for anything else run a query for each side"
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

/// What could follow a [`Filter`] and `|`: nothing, so that the compiler says why.
#[diagnostic::on_unimplemented(
    message = "conditions are not joined by `|`: a query is one conjunction",
    label = "there is no `|`",
    note = "for several values of one field write `is_in([..])`; for anything else run a query for each side"
)]
#[doc(hidden)]
pub trait Alternative<M> {
    /// Either of the two.
    fn or(self, other: Filter<M>) -> Filter<M>;
}

impl<M, A: Alternative<M>> BitOr<A> for Filter<M> {
    type Output = Self;

    fn bitor(self, alternative: A) -> Self {
        alternative.or(self)
    }
}

/// What `!` makes of a [`Filter`]: no condition, so that the compiler says what there is in its place. (Of a `!` behind a
/// bound it would say only that there is none.)
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

// What is joined to it is no second error.
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
