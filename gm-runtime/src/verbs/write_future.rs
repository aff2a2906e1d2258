//! The future of a verb that writes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::PendingWrite;
use super::run::Run;
use crate::error::Error;
use crate::field::FieldType;
use crate::gm::Gm;
use crate::interface::{Answer, Write};
use crate::manager::Manager;
use crate::query::ErasedManager;

/// The future of a verb that writes or deletes a row. It writes when it is awaited. Like a [`ReadFuture`](super::ReadFuture), it
/// borrows the handle.
#[must_use = "nothing is written until this is awaited"]
pub struct WriteFuture<'g, T> {
    run: Run<'g>,
    open: fn(&mut Answer) -> Result<T, Error>,
}

impl<'g, M: Manager> WriteFuture<'g, M> {
    /// Writes a row, and returns it as it is stored.
    #[doc(hidden)]
    pub fn new(PendingWrite(write): PendingWrite, gm: &'g Gm) -> Self {
        Self {
            run: Run::Write(write, gm, ErasedManager::of::<M>()),
            open: Answer::row,
        }
    }
}

impl<'g> WriteFuture<'g, ()> {
    /// Deletes the row with this id.
    #[doc(hidden)]
    pub fn delete<M: Manager>(gm: &'g Gm, id: &M::Id) -> Self {
        Self {
            run: Run::Write(Write::Delete(id.to_value(), None), gm, ErasedManager::of::<M>()),
            open: Answer::nothing,
        }
    }

    /// Sets the reason of the deletion, for owners that keep a history.
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        if let Run::Write(Write::Delete(_, reason), ..) = &mut self.run {
            *reason = Some(comment.into());
        }
        self
    }
}

impl<T> Future for WriteFuture<'_, T> {
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

impl<T> std::fmt::Debug for WriteFuture<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteFuture").finish_non_exhaustive()
    }
}
