//! Reading and writing on the way.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::get::Row;
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Answer, Kind};
use crate::query::Plan;

/// Rows, a row or their number on the way: what the verbs give.
///
/// It has a name so that an operation which is not allowed is one compile error at the call, not a second one at the
/// `.await`. What goes on inside knows no manager, so that it is compiled once.
#[must_use = "nothing is read or written until this is awaited"]
pub struct Reading<'g, T> {
    run: Run<'g>,
    open: fn(&mut Answer) -> Result<T, Error>,
}

/// What reads or writes, without the manager's type.
pub(crate) enum Run<'g> {
    /// Every row of a query. The cache is asked for them before anything is allocated for their reading.
    All(Arc<Plan>, &'g Gm, &'static Kind),
    /// One row, likewise.
    Row(Row<'g>),
    Future(Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'g>>),
}

impl<'g> Run<'g> {
    pub(crate) fn new(future: impl Future<Output = Result<Answer, Error>> + Send + 'g) -> Self {
        Self::Future(Box::pin(future))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
        loop {
            match self {
                Self::Future(future) => return future.as_mut().poll(context),
                Self::All(plan, gm, kind) => {
                    #[cfg(feature = "client")]
                    if let Some(rows) = plan.recall(gm, kind) {
                        return Poll::Ready(Ok(rows));
                    }
                    *self = Self::new(Arc::clone(plan).read_all(gm, kind));
                }
                Self::Row(row) => {
                    #[cfg(feature = "client")]
                    if let Some(row) = row.recall() {
                        return Poll::Ready(Ok(row));
                    }
                    *self = Self::new(row.take().read());
                }
            }
        }
    }
}

impl<'g, T> Reading<'g, T> {
    pub(crate) fn new(run: Run<'g>, open: fn(&mut Answer) -> Result<T, Error>) -> Self {
        Self { run, open }
    }
}

impl<T> Future for Reading<'_, T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.run.poll(context) {
            Poll::Ready(Ok(mut answer)) => Poll::Ready((this.open)(&mut answer)),
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
