//! What people look for on what the verbs give, so that the compiler says what comes first.

use std::marker::PhantomData;
use std::task::Poll;

use crate::error::Error;
use crate::manager::Manager;
use crate::query::Rows;
use crate::verbs::{ReadFuture, WriteFuture};

/// Makes a future of a draft that becomes an `M`: it holds for none, so that the compiler says what carries one out.
#[diagnostic::on_unimplemented(
    message = "a write is not awaited itself: `exec` carries it out",
    label = "call `.exec(&gm)` before `.await`"
)]
#[doc(hidden)]
pub trait Awaitable<M> {
    /// What the future would give.
    fn poll() -> Poll<Result<M, Error>>;
}

/// What rows, a row and a result have, and what a verb gives has not. The lifetime delays it to the call (rust-lang/rust#48214).
#[diagnostic::on_unimplemented(
    message = "nothing has been read or written yet: a verb gives a future",
    label = "write `.await?` before this"
)]
#[doc(hidden)]
pub trait Ready<'x> {
    /// What the method would give.
    fn read<R>() -> R;
}

// What they give is what it seems to be, so that what follows is no second error.
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

/// What a query has, and the verb that reads its rows has not. The lifetime delays it to the call, as above.
#[diagnostic::on_unimplemented(
    message = "rows are chosen and sorted before the verb that reads them",
    label = "move this before the verb: `Struct::filter(|p| p.name.eq(\"a\")).order_by(|p| p.id.desc()).all(&gm)`"
)]
#[doc(hidden)]
pub trait QueryMethods<'x> {
    /// What the method would give.
    fn asked(self) -> Self;
}

#[doc(hidden)]
impl<M: Manager> ReadFuture<'_, Rows<M>> {
    pub fn filter<C>(self, _: impl FnOnce(M::Fields) -> C) -> Self
    where
        for<'x> Self: QueryMethods<'x>,
    {
        self.asked()
    }

    pub fn exclude<C>(self, _: impl FnOnce(M::Fields) -> C) -> Self
    where
        for<'x> Self: QueryMethods<'x>,
    {
        self.asked()
    }

    pub fn order_by<O>(self, _: impl FnOnce(M::Fields) -> O) -> Self
    where
        for<'x> Self: QueryMethods<'x>,
    {
        self.asked()
    }
}

/// Makes an iterator of a reading, likewise.
#[diagnostic::on_unimplemented(
    message = "nothing has been read yet: a verb gives a future",
    label = "write `.await?` behind this"
)]
#[doc(hidden)]
pub trait Iterable {
    /// What the iterator would give.
    type Item;
    /// The same.
    fn next() -> Option<Self::Item>;
}

// On another type than the one that is no iterator, of which the compiler would speak itself.
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
