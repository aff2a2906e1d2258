//! What people look for on a query, so that the compiler says what it is called here.
//!
//! The bounds hold for nothing. Those of the impls leave one error, that of a method which is not there; where an iterator has
//! a method of that name, the bound is that of the method, which then comes first. The lifetime delays them to the call
//! (rust-lang/rust#48214).

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use crate::gm::Gm;
use crate::manager::Manager;
use crate::verbs::Query;

/// `limit`, `offset`.
#[diagnostic::on_unimplemented(
    message = "a query has no `limit`: its rows come in pages",
    label = "write `.page(1).page_size(..)`",
    note = "`first` reads one row, and `all` without `page` every row, whatever the size of a page"
)]
pub trait Limit<'x> {}

/// `fresh`.
#[diagnostic::on_unimplemented(
    message = "`fresh` is said of what a verb gives",
    label = "write it behind the verb: `.all(&gm).fresh()`"
)]
pub trait Fresh<'x> {}

/// `get`.
#[diagnostic::on_unimplemented(
    message = "a row is read by its id without a query",
    label = "write `get(&gm, id)` on the struct",
    note = "the one row that matches a query is `.one(&gm)`, and the first of several `.first(&gm)`"
)]
pub trait GetById<'x> {}

/// `delete`, `update`.
#[diagnostic::on_unimplemented(
    message = "a query only reads: rows are changed and deleted one by one",
    label = "write `by_id(id)` on the struct, or read the rows and write each of them",
    note = "for each row of `.all(&gm).await?`: `row.update().name(..).exec(&gm).await?` or `row.delete(&gm).await?`"
)]
pub trait WriteMany<'x> {}

/// `fetch_all`, `load`.
#[diagnostic::on_unimplemented(
    message = "the verb that reads every row of a query is `all`",
    label = "write `.all(&gm).await?`",
    note = "`first` gives an `Option` of one row, `one` the only one, `stream` the rows one by one"
)]
pub trait ReadAll<'x> {}

/// `order_by_desc`.
#[diagnostic::on_unimplemented(
    message = "the direction of an order is said of the field",
    label = "write `.order_by(|p| p.field.asc())`, or `.desc()`"
)]
pub trait Direction<'x> {}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: Limit<'x>,
{
    pub fn limit(self, _: u64) {}
    pub fn offset(self, _: u64) {}
}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: Fresh<'x>,
{
    pub fn fresh(self) {}
}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: GetById<'x>,
{
    pub fn get(self, _: &Gm, _: M::Id) {}
}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: WriteMany<'x>,
{
    pub fn delete(self, _: &Gm) {}
    pub fn update(self) {}
}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: ReadAll<'x>,
{
    pub fn fetch(self, _: &Gm) {}
    pub fn fetch_all(self, _: &Gm) {}
    pub fn load(self, _: &Gm) {}
    pub fn exec(self, _: &Gm) {}
    pub fn execute(self, _: &Gm) {}
}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: Direction<'x>,
{
    pub fn order_by_asc(self, _: impl Sized) {}
    pub fn order_by_desc(self, _: impl Sized) {}
}

/// What an iterator has, and a query has not.
#[diagnostic::on_unimplemented(
    message = "a query has no rows before a verb such as `all` has read them",
    label = "write `.all(&gm).await?` before this",
    note = "`count` asks how many there are, `exists` whether there is any; `.page(1).page_size(..)` reads a part of them"
)]
#[doc(hidden)]
pub trait HasRows<'x> {}

#[doc(hidden)]
impl<M: Manager> Query<M>
where
    for<'x> Self: HasRows<'x>,
{
    pub fn len(&self) {}
    pub fn is_empty(&self) {}
    pub fn iter(&self) {}
}

// What these give is what it seems to be, so that what follows is no second error.
#[doc(hidden)]
#[expect(
    clippy::should_implement_trait,
    reason = "it is no iterator, and these say so"
)]
impl<M: Manager> Query<M> {
    pub fn next(&mut self) -> Option<M>
    where
        for<'x> Self: HasRows<'x>,
    {
        None
    }

    pub fn into_iter(self) -> IntoIter<M>
    where
        for<'x> Self: HasRows<'x>,
    {
        Vec::new().into_iter()
    }

    pub fn map<R>(self, _: impl FnMut(M) -> R) -> IntoIter<R>
    where
        for<'x> Self: HasRows<'x>,
    {
        Vec::new().into_iter()
    }

    pub fn for_each(self, _: impl FnMut(M))
    where
        for<'x> Self: HasRows<'x>,
    {
    }

    pub fn collect<C: FromIterator<M>>(self) -> C
    where
        for<'x> Self: HasRows<'x>,
    {
        C::from_iter(None)
    }

    pub fn take(self, _: u64) -> Self
    where
        for<'x> Self: Limit<'x>,
    {
        self
    }

    pub fn skip(self, _: u64) -> Self
    where
        for<'x> Self: Limit<'x>,
    {
        self
    }
}

/// Makes an iterator of a query: it holds for none, so that the compiler says what reads one.
#[diagnostic::on_unimplemented(
    message = "a query has no rows before a verb such as `all` has read them",
    label = "write `.all(&gm).await?` behind the query, and go through its rows",
    note = "`stream` gives the rows one by one: `while let Some(row) = rows.try_next().await? {{ .. }}`"
)]
#[doc(hidden)]
pub trait Iterable {
    /// What the iterator would give.
    type Item;
    /// The same.
    fn next() -> Option<Self::Item>;
}

#[doc(hidden)]
impl<M: Manager> Iterator for Query<M>
where
    &'static Self: Iterable,
{
    type Item = <&'static Self as Iterable>::Item;

    fn next(&mut self) -> Option<Self::Item> {
        <&'static Self as Iterable>::next()
    }
}

#[doc(hidden)]
impl<M: Manager> Iterator for &Query<M>
where
    PhantomData<M>: Iterable,
{
    type Item = <PhantomData<M> as Iterable>::Item;

    fn next(&mut self) -> Option<Self::Item> {
        <PhantomData<M> as Iterable>::next()
    }
}

/// Makes a future of a query: it holds for none, so that the compiler says what reads one.
#[diagnostic::on_unimplemented(
    message = "a query is not awaited itself: a verb such as `all` reads its rows",
    label = "call a verb before `.await`, such as `.all(&gm)`",
    note = "`all` gives every row, `first` an `Option` of one, `one` the only one, `count` how many there are, and `exists` whether there is any"
)]
#[doc(hidden)]
pub trait Awaitable {
    /// What the future would give.
    type Output;
    /// The same.
    fn poll() -> Poll<Self::Output>;
}

// Not `IntoFuture`, which all futures have: the compiler would speak of it, and not of the bound.
#[doc(hidden)]
impl<M: Manager> Future for Query<M>
where
    &'static Self: Awaitable,
{
    type Output = <&'static Self as Awaitable>::Output;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        <&'static Self as Awaitable>::poll()
    }
}
