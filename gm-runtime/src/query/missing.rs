//! What people look for on a query, so that the compiler says what it is called here.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::Query;
use crate::manager::Manager;

/// Holds for nothing. The lifetime delays it to the call (rust-lang/rust#48214).
#[diagnostic::on_unimplemented(
    message = "a query has no `limit`: its rows come in pages",
    label = "write `.page(1).page_size(..)`",
    note = "`first` reads one row, and `all` without `page` every row, whatever the size of a page"
)]
pub trait Limit<'x> {}

impl<M: Manager> Query<M> {
    #[doc(hidden)]
    pub fn limit(self, _: u64) -> Self
    where
        for<'x> Self: Limit<'x>,
    {
        self
    }
}

/// Makes a future of a query: it holds for none, so that the compiler says what reads one.
#[diagnostic::on_unimplemented(
    message = "a query is not awaited itself: a verb such as `all` reads its rows",
    label = "call a verb before `.await`, such as `.all(&gm)`",
    note = "`all` gives every row, `first` an `Option` of one, `one` the only one, `count` how many there are, and `exists` whether there is any"
)]
#[doc(hidden)]
pub trait Awaited {
    /// What the future would give.
    type Output;
    /// The same.
    fn poll() -> Poll<Self::Output>;
}

// Not `IntoFuture`, which all futures have: the compiler would speak of it, and not of the bound.
#[doc(hidden)]
impl<M: Manager> Future for Query<M>
where
    &'static Self: Awaited,
{
    type Output = <&'static Self as Awaited>::Output;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        <&'static Self as Awaited>::poll()
    }
}
