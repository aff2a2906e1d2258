//! Methods of a field's handle under the names of other frameworks. The compile error says which method to use.
//!
//! No type implements these traits. A bound on an impl leaves one error, that of a missing method. If a standard trait has a
//! method of the same name, the bound is on the method itself, which then takes precedence. The lifetime delays the check to
//! the call (rust-lang/rust#48214).

use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::Neg;

use super::{Field, Filter};
use crate::field::IntoField;

/// `ne`, `not_in`, `is_not_in`.
#[diagnostic::on_unimplemented(
    message = "a field has no `ne` and no `not_in`: use `exclude` to leave rows out",
    label = "write `.exclude(|p| p.field.eq(..))` on the query",
    note = "rows without a value stay in the result; add `.is_null(false)` to leave them out"
)]
pub trait Unequal<'x> {}

/// `like`, `ilike`.
#[diagnostic::on_unimplemented(
    message = "a field has no `like`: use a lookup for a part of the text",
    label = "write `.contains(..)`, `.startswith(..)` or `.endswith(..)`",
    note = "`.icontains(..)`, `.istartswith(..)` and `.iendswith(..)` ignore case; `.regex(..)` takes a pattern"
)]
pub trait Like<'x> {}

/// `between`.
#[diagnostic::on_unimplemented(
    message = "a field has no `between`: use `range`",
    label = "write `.range(from, to)`, which includes both"
)]
pub trait Between<'x> {}

/// `is_none`, `is_some`, `is_not_null`.
#[diagnostic::on_unimplemented(
    message = "the lookup for a missing value is `is_null`",
    label = "write `.is_null(true)` for rows without a value, or `.is_null(false)` for rows with one"
)]
pub trait Null<'x> {}

/// `ge`, `le`.
#[diagnostic::on_unimplemented(
    message = "a field has no `ge` and no `le`: use `gte` and `lte`",
    label = "write `.gte(..)` or `.lte(..)`"
)]
pub trait OrEqual<'x> {}

/// `eq_any`.
#[diagnostic::on_unimplemented(
    message = "a field has no `eq_any`: use `is_in` for several values",
    label = "write `.is_in([..])`"
)]
pub trait AnyOf<'x> {}

#[doc(hidden)]
impl<M, T, P, A> Field<M, T, P, A> {
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
impl<M, T, P, A> Field<M, T, P, A>
where
    for<'x> Self: Unequal<'x>,
{
    pub fn not_in(self, _: impl IntoIterator) {}
    pub fn is_not_in(self, _: impl IntoIterator) {}
}

#[doc(hidden)]
impl<M, T, P, A> Field<M, T, P, A>
where
    for<'x> Self: Like<'x>,
{
    pub fn like(self, _: impl Into<String>) {}
    pub fn ilike(self, _: impl Into<String>) {}
}

#[doc(hidden)]
impl<M, T, P, A> Field<M, T, P, A>
where
    for<'x> Self: Between<'x>,
{
    pub fn between(self, _: impl IntoField<T>, _: impl IntoField<T>) {}
}

#[doc(hidden)]
impl<M, T, P, A> Field<M, T, P, A>
where
    for<'x> Self: Null<'x>,
{
    pub fn is_none(self) {}
    pub fn is_some(self) {}
    pub fn is_not_null(self) {}
}

#[doc(hidden)]
impl<M, T, P, A> Field<M, T, P, A>
where
    for<'x> Self: AnyOf<'x>,
{
    pub fn eq_any(self, _: impl IntoIterator) {}
}

// `p.name == "a"` is a `bool`, and the compiler reports once, at the query, that a `bool` is no condition (`IntoFilter`). With a
// bound, each `==` would be an error of its own, and each `&&` two.
#[doc(hidden)]
impl<M, T, P, A, V> PartialEq<V> for Field<M, T, P, A> {
    fn eq(&self, _: &V) -> bool {
        const { compared_by_an_operator::<V>() };
        false
    }
}

#[doc(hidden)]
impl<M, T, P, A, V> PartialOrd<V> for Field<M, T, P, A> {
    fn partial_cmp(&self, _: &V) -> Option<Ordering> {
        const { compared_by_an_operator::<V>() };
        None
    }
}

/// The result of `-field`. It is no order, so that the compile error suggests `desc`.
#[doc(hidden)]
#[derive(Debug)]
pub struct UseDesc<M>(PhantomData<fn() -> M>);

#[doc(hidden)]
impl<M, T, P, A> Neg for Field<M, T, P, A> {
    type Output = UseDesc<M>;

    fn neg(self) -> UseDesc<M> {
        UseDesc(PhantomData)
    }
}

/// A compile error for a comparison outside of the conditions of a query. It depends on the size of the other operand, so that
/// the compiler can't evaluate it before a comparison is compiled.
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
const fn compared_by_an_operator<V>() {
    assert!(
        size_of::<V>() == usize::MAX,
        "a field is compared by a method: write `p.field.eq(..)` in place of `p.field == ..`"
    );
}
