//! Reading many rows.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::gm::Gm;
use crate::manager::Manager;
use crate::query::{Query, Rows};

/// Rows, or their number, on the way: what a manager's own `all` and `count` give.
///
/// It has a name so that an operation which is not allowed is one compile error at the call, not a second one at the
/// `.await`.
#[must_use = "nothing is read until this is awaited"]
pub struct Reading<'g, T> {
    future: Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'g>>,
}

impl<'g, M: Manager> Reading<'g, Rows<M>> {
    #[doc(hidden)]
    pub fn all(query: Query<M>, gm: &'g Gm) -> Self {
        Self {
            future: Box::pin(async move { query.all(gm).await }),
        }
    }
}

impl<'g> Reading<'g, u64> {
    #[doc(hidden)]
    pub fn count<M: Manager>(query: Query<M>, gm: &'g Gm) -> Self {
        Self {
            future: Box::pin(async move { query.count(gm).await }),
        }
    }
}

impl<T> Future for Reading<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.future.as_mut().poll(context)
    }
}

impl<T> std::fmt::Debug for Reading<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}
