//! Reading and writing on the way.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Answer, Kind, Manager, typed};
use crate::query::{Plan, Query, Rows};

/// Rows, a row or their number on the way: what a manager's own verbs give.
///
/// It has a name so that an operation which is not allowed is one compile error at the call, not a second one at the
/// `.await`. What goes on inside knows no manager, so that it is compiled once.
#[must_use = "nothing is read or written until this is awaited"]
pub struct Reading<'g, T> {
    future: Erased<'g>,
    open: fn(Answer) -> Result<T, Error>,
}

impl<'g, T> Reading<'g, T> {
    pub(super) fn new(future: Erased<'g>, open: fn(Answer) -> Result<T, Error>) -> Self {
        Self { future, open }
    }
}

impl<'g, M: Manager> Reading<'g, Rows<M>> {
    #[doc(hidden)]
    pub fn all(query: Query<M>, gm: &'g Gm) -> Self {
        Self::new(all(query.into_plan(), gm, Kind::of::<M>()), |answer| {
            typed(answer).map(Rows::new)
        })
    }
}

impl<'g> Reading<'g, u64> {
    #[doc(hidden)]
    pub fn count<M: Manager>(query: Query<M>, gm: &'g Gm) -> Self {
        Self::new(count(query.into_plan(), gm, Kind::of::<M>()), |answer| {
            typed(answer).map(|count| *count)
        })
    }
}

/// A verb that knows no manager.
pub(super) type Erased<'g> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'g>>;

fn all<'g>(plan: Plan, gm: &'g Gm, kind: &'static Kind) -> Erased<'g> {
    Box::pin(async move { plan.all(gm, kind).await })
}

fn count<'g>(plan: Plan, gm: &'g Gm, kind: &'static Kind) -> Erased<'g> {
    Box::pin(async move { plan.count(gm, kind).await.map(|count| Arc::new(count) as Answer) })
}

impl<T> Future for Reading<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.future.as_mut().poll(context) {
            Poll::Ready(Ok(answer)) => Poll::Ready((self.open)(answer)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> std::fmt::Debug for Reading<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}
