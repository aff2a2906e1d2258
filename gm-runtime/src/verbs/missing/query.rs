//! Methods of a query under the names of other frameworks. The compile error says which method to use.
//!
//! No type implements these traits. A bound on an impl leaves one error, that of a missing method. If a standard trait has a
//! method of the same name, the bound is on the method itself, which then takes precedence. The lifetime delays the check to
//! the call (rust-lang/rust#48214).

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use crate::gm::Gm;
use crate::manager::Manager;
use crate::verbs::Query;

/// `limit`, `offset`, `take`, `skip`.
#[diagnostic::on_unimplemented(
    message = "a query has no `limit` and no `offset`: read a page",
    label = "write `.page(1).page_size(..)`",
    note = "`first` reads one row, and `all` without `page` reads all rows"
)]
pub trait Limit<'x> {}

/// `fresh`.
#[diagnostic::on_unimplemented(
    message = "`fresh` is a method of the read, not of the query",
    label = "write it after the verb: `.all(&gm).fresh()`"
)]
pub trait Fresh<'x> {}

/// `get`.
#[diagnostic::on_unimplemented(
    message = "a query has no `get`: the struct reads a row by its id",
    label = "write `get(&gm, id)` on the struct",
    note = "`.one(&gm)` reads the only row of a query, and `.first(&gm)` the first of several"
)]
pub trait GetById<'x> {}

/// `delete`, `update`.
#[diagnostic::on_unimplemented(
    message = "a query has no `update` and no `delete`: `update_all` and `delete_all` write every row that matches",
    label = "write `.update_all().field(..).exec(&gm).await?` or `.delete_all(&gm).await?`",
    note = "a single row is written by `row.update()`, `row.delete(&gm)` or `by_id(id)`, and so are the rows of another service"
)]
pub trait WriteMany<'x> {}

/// `fetch`, `fetch_all`, `load`, `exec`, `execute`.
#[diagnostic::on_unimplemented(
    message = "the verb that reads all rows of a query is `all`",
    label = "write `.all(&gm).await?`",
    note = "`first` returns an `Option` of one row, `one` the only row, and `stream` the rows one by one"
)]
pub trait ReadAll<'x> {}

/// `order_by_asc`, `order_by_desc`.
#[diagnostic::on_unimplemented(
    message = "a query has no `order_by_desc`: the direction is a method of the field",
    label = "write `.order_by(|p| p.field.desc())` or `.order_by(|p| p.field.asc())`"
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

/// The bound of the methods of an iterator. No query implements it.
#[diagnostic::on_unimplemented(
    message = "a query has no rows until a verb such as `all` reads them",
    label = "write `.all(&gm).await?` before this",
    note = "`count` returns their number, and `exists` whether there is one; `.page(1).page_size(..)` reads a part of them"
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

// They return the expected types, so that the code behind them is no second error.
#[doc(hidden)]
#[expect(
    clippy::should_implement_trait,
    reason = "a query is no iterator, and the messages of these methods say so"
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

/// The bound of the `Iterator` impls. No type implements it.
#[diagnostic::on_unimplemented(
    message = "a query has no rows until a verb such as `all` reads them",
    label = "write `.all(&gm).await?` after the query, and iterate over its rows",
    note = "`stream` returns the rows one by one: `while let Some(row) = rows.try_next().await? {{ .. }}`"
)]
#[doc(hidden)]
pub trait Iterable {
    /// The items of the iterator.
    type Item;
    /// The next item.
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

/// The bound of a query's `Future` impl. No type implements it.
#[diagnostic::on_unimplemented(
    message = "a query is not a future: a verb such as `all` reads its rows",
    label = "call a verb before `.await`, such as `.all(&gm)`",
    note = "`all` returns all rows, `first` an `Option` of one, `one` the only one, `count` their number, and `exists` whether there is one"
)]
#[doc(hidden)]
pub trait Awaitable {
    /// The output of the future.
    type Output;
    /// The state of the future.
    fn poll() -> Poll<Self::Output>;
}

// Not an impl of `IntoFuture`: the compiler would report that trait, and not the bound.
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
