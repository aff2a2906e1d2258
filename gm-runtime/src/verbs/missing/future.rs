//! Methods that a future of a verb does not have: those of its result, and those of a query.

use std::marker::PhantomData;
use std::task::Poll;

use crate::error::Error;
use crate::manager::Manager;
use crate::query::Rows;
use crate::verbs::{ReadFuture, WriteFuture};

/// The bound of a draft's `Future` impl. No draft implements it, so that the compile error suggests `exec`.
#[diagnostic::on_unimplemented(
    message = "a draft is not a future: `exec` writes it",
    label = "call `.exec(&gm)` before `.await`"
)]
#[doc(hidden)]
pub trait Awaitable<M> {
    /// The output of the future.
    fn poll() -> Poll<Result<M, Error>>;
}

/// The bound of the methods of a result. No future implements it. The lifetime delays the check to the call
/// (rust-lang/rust#48214).
#[diagnostic::on_unimplemented(
    message = "this is a future: nothing has been read or written yet",
    label = "write `.await?` before this"
)]
#[doc(hidden)]
pub trait Ready<'x> {
    /// The method's result.
    fn read<R>() -> R;
}

// They return the expected types, so that the code behind them is no second error.
#[doc(hidden)]
impl<T> ReadFuture<'_, T> {
    pub fn unwrap(self) -> T
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }

    pub fn expect(self, _: &str) -> T
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }
}

#[doc(hidden)]
impl<T> WriteFuture<'_, T> {
    pub fn unwrap(self) -> T
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }

    pub fn expect(self, _: &str) -> T
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }
}

#[doc(hidden)]
impl<M> ReadFuture<'_, Rows<M>> {
    pub fn len(&self) -> usize
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }

    pub fn is_empty(&self) -> bool
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, M>
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }

    pub fn first(&self) -> Option<&M>
    where
        for<'x> Self: Ready<'x>,
    {
        Self::read()
    }
}

/// The bound of the methods of a query. No future implements it.
#[diagnostic::on_unimplemented(
    message = "a query is filtered and sorted before the verb that reads its rows",
    label = "move this before the verb: `Struct::filter(|p| p.name.eq(\"a\")).order_by(|p| p.id.desc()).all(&gm)`"
)]
#[doc(hidden)]
pub trait QueryMethods<'x> {
    /// The method's result.
    fn same(self) -> Self;
}

#[doc(hidden)]
impl<M: Manager> ReadFuture<'_, Rows<M>> {
    pub fn filter<C>(self, _: impl FnOnce(M::Fields) -> C) -> Self
    where
        for<'x> Self: QueryMethods<'x>,
    {
        self.same()
    }

    pub fn exclude<C>(self, _: impl FnOnce(M::Fields) -> C) -> Self
    where
        for<'x> Self: QueryMethods<'x>,
    {
        self.same()
    }

    pub fn order_by<O>(self, _: impl FnOnce(M::Fields) -> O) -> Self
    where
        for<'x> Self: QueryMethods<'x>,
    {
        self.same()
    }
}

/// The bound of the methods that choose a page. No future implements it.
#[diagnostic::on_unimplemented(
    message = "a page is chosen before the verb that reads its rows",
    label = "move this before the verb: `Struct::query().page(2).page_size(50).all(&gm)`"
)]
#[doc(hidden)]
pub trait PageMethods<'x> {
    /// The method's result.
    fn same(self) -> Self;
}

#[doc(hidden)]
impl<M: Manager> ReadFuture<'_, Rows<M>> {
    pub fn page(self, _: u64) -> Self
    where
        for<'x> Self: PageMethods<'x>,
    {
        self.same()
    }

    pub fn page_size(self, _: u64) -> Self
    where
        for<'x> Self: PageMethods<'x>,
    {
        self.same()
    }
}

/// The bound of the `Iterator` impl.
#[diagnostic::on_unimplemented(
    message = "this is a future: nothing has been read yet",
    label = "write `.await?` after this"
)]
#[doc(hidden)]
pub trait Iterable {
    /// The items of the iterator.
    type Item;
    /// The next item.
    fn next() -> Option<Self::Item>;
}

// The bound is on another type than the future. A bound on the future itself would be reported without its message.
#[doc(hidden)]
impl<T> Iterator for ReadFuture<'_, T>
where
    PhantomData<T>: Iterable,
{
    type Item = <PhantomData<T> as Iterable>::Item;

    fn next(&mut self) -> Option<Self::Item> {
        <PhantomData<T> as Iterable>::next()
    }
}
