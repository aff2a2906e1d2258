//! What people look for on a field's handle, so that the compiler says what it is called here.
//!
//! The bounds hold for nothing. Those of the impls leave one error, that of a method which is not there; where a trait has a
//! method of that name, the bound is that of the method, which then comes first. The lifetime delays them to the call
//! (rust-lang/rust#48214).

use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::Neg;

use super::{Field, Filter};
use crate::field::IntoField;

/// `ne`, `not_in`.
#[diagnostic::on_unimplemented(
    message = "a field has no `ne`: rows are left out by `exclude`",
    label = "write `.exclude(|p| p.field.eq(..))` on the query",
    note = "rows without a value are kept; `is_null(false)` leaves them out"
)]
pub trait Unequal<'x> {}

/// `like`.
#[diagnostic::on_unimplemented(
    message = "a field has no `like`: text is looked up by its parts",
    label = "write `.contains(..)`, `.startswith(..)` or `.endswith(..)`",
    note = "with an `i` before them, as in `.icontains(..)`, they ignore case; `.regex(..)` takes a pattern"
)]
pub trait Like<'x> {}

/// `between`.
#[diagnostic::on_unimplemented(
    message = "a field has no `between`: it is called `range`",
    label = "write `.range(from, to)`, both included"
)]
pub trait Between<'x> {}

/// `is_none`.
#[diagnostic::on_unimplemented(
    message = "a field is asked by `is_null` whether it has a value",
    label = "write `.is_null(true)` for rows without a value, `.is_null(false)` for those with one"
)]
pub trait Null<'x> {}

/// `ge`, `le`.
#[diagnostic::on_unimplemented(
    message = "a field has `gte` and `lte` for \"greater or equal\" and \"less or equal\"",
    label = "write `.gte(..)` or `.lte(..)`"
)]
pub trait OrEqual<'x> {}

/// `eq_any`.
#[diagnostic::on_unimplemented(
    message = "a field is compared with several values by `is_in`",
    label = "write `.is_in([..])`"
)]
pub trait AnyOf<'x> {}

#[doc(hidden)]
impl<M, T, A> Field<M, T, A> {
    pub fn ne(self, _: impl IntoField<T>) -> Filter<M>
    where
        for<'x> Self: Unequal<'x>,
    {
        Filter::new(Vec::new())
    }

    pub fn ge(self, _: impl IntoField<T>) -> Filter<M>
    where
        for<'x> Self: OrEqual<'x>,
    {
        Filter::new(Vec::new())
    }

    pub fn le(self, _: impl IntoField<T>) -> Filter<M>
    where
        for<'x> Self: OrEqual<'x>,
    {
        Filter::new(Vec::new())
    }
}

#[doc(hidden)]
impl<M, T, A> Field<M, T, A>
where
    for<'x> Self: Unequal<'x>,
{
    pub fn not_in(self, _: impl IntoIterator) {}
    pub fn is_not_in(self, _: impl IntoIterator) {}
}

#[doc(hidden)]
impl<M, T, A> Field<M, T, A>
where
    for<'x> Self: Like<'x>,
{
    pub fn like(self, _: impl Into<String>) {}
    pub fn ilike(self, _: impl Into<String>) {}
}

#[doc(hidden)]
impl<M, T, A> Field<M, T, A>
where
    for<'x> Self: Between<'x>,
{
    pub fn between(self, _: impl IntoField<T>, _: impl IntoField<T>) {}
}

#[doc(hidden)]
impl<M, T, A> Field<M, T, A>
where
    for<'x> Self: Null<'x>,
{
    pub fn is_none(self) {}
    pub fn is_some(self) {}
    pub fn is_not_null(self) {}
}

#[doc(hidden)]
impl<M, T, A> Field<M, T, A>
where
    for<'x> Self: AnyOf<'x>,
{
    pub fn eq_any(self, _: impl IntoIterator) {}
}

// `p.name == "a"` is a `bool`, which is no condition: that is the one error that the compiler reports, at the query, in
// the words of `IntoFilter`. Behind a bound, `==` would be an error of its own, and each `&&` beside it two.
#[doc(hidden)]
impl<M, T, A, V> PartialEq<V> for Field<M, T, A> {
    fn eq(&self, _: &V) -> bool {
        const { not_compared::<V>() };
        false
    }
}

#[doc(hidden)]
impl<M, T, A, V> PartialOrd<V> for Field<M, T, A> {
    fn partial_cmp(&self, _: &V) -> Option<Ordering> {
        const { not_compared::<V>() };
        None
    }
}

/// What `-` makes of a field: no order, so that the compiler says what there is in its place.
#[doc(hidden)]
#[derive(Debug)]
pub struct UseDesc<M>(PhantomData<fn() -> M>);

#[doc(hidden)]
impl<M, T, A> Neg for Field<M, T, A> {
    type Output = UseDesc<M>;

    fn neg(self) -> UseDesc<M> {
        UseDesc(PhantomData)
    }
}

/// An error where a comparison is compiled, which is outside of a query alone. It depends on the other side's size, so that
/// an optimising compiler can't evaluate it, and fail, before there is a comparison.
///
/// ```compile_fail,E0080
/// # use gm_runtime::GeneralManager;
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # struct Project { #[field(id)] id: i64, name: String }
/// let _ = Project::filter(|p| {
///     let is_alpha = p.name == "Alpha";
///     p.name.eq(if is_alpha { "Alpha" } else { "Beta" })
/// });
/// ```
const fn not_compared<V>() {
    assert!(
        size_of::<V>() == usize::MAX,
        "a field is compared by its methods, in a query: write `p.field.eq(..)` in place of `p.field == ..`"
    );
}
