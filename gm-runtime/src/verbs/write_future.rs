//! The future of the verbs that write.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::PendingWrite;
use super::bulk::PendingBulk;
use super::execution::Execution;
use crate::error::Error;
use crate::field::FieldType;
use crate::gm::Gm;
use crate::interface::{Answer, Write};
use crate::manager::Manager;
use crate::query::ErasedManager;

/// The future of a verb that writes. It creates, updates or deletes a row, or many rows, when it is awaited. Like a
/// [`ReadFuture`](super::ReadFuture), it borrows the handle.
#[must_use = "nothing is written until this is awaited"]
pub struct WriteFuture<'g, T> {
    execution: Execution<'g>,
    decode: fn(&mut Answer) -> Result<T, Error>,
}

impl<'g, M: Manager> WriteFuture<'g, M> {
    /// Writes, and returns the row.
    #[doc(hidden)]
    pub fn new(write: PendingWrite, gm: &'g Gm) -> Self {
        Self {
            execution: Execution::Write(write, gm, ErasedManager::of::<M>()),
            decode: Answer::row,
        }
    }
}

impl<'g, T> WriteFuture<'g, T> {
    /// Writes many rows.
    pub(super) fn bulk<M: Manager>(
        write: PendingBulk,
        gm: &'g Gm,
        decode: fn(&mut Answer) -> Result<T, Error>,
    ) -> Self {
        Self {
            execution: Execution::Bulk(Box::new(write), gm, ErasedManager::of::<M>()),
            decode,
        }
    }
}

impl<'g> WriteFuture<'g, ()> {
    /// Deletes the row of this id.
    #[doc(hidden)]
    pub fn delete<M: Manager>(gm: &'g Gm, id: &M::Id) -> Self {
        let write = Write::Delete(id.to_value(), None).into();
        Self {
            execution: Execution::Write(write, gm, ErasedManager::of::<M>()),
            decode: Answer::nothing,
        }
    }

    /// Sets the reason of the deletion, for owners with a history of their rows.
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        if let Execution::Write(pending, ..) = &mut self.execution
            && let Write::Delete(_, history_comment) = &mut pending.write
        {
            *history_comment = Some(comment.into());
        }
        self
    }

    /// Expects this version of the row, if there is one.
    #[doc(hidden)]
    pub fn expect_version(mut self, version: Option<i64>) -> Self {
        if let Execution::Write(pending, ..) = &mut self.execution {
            pending.expected_version = version;
        }
        self
    }

    /// Deletes the row even if another editor has changed it since it was read.
    ///
    /// Without this, the delete of a row that was read fails with [`Error::Stale`] then, if the manager has a
    /// `#[field(version)]`.
    pub fn overwrite(self) -> Self {
        self.expect_version(None)
    }
}

impl<T> WriteFuture<'_, T> {
    /// Gives the write an idempotency key: the owner carries it out once, however often it is sent with this key.
    ///
    /// Each write to another service has a random key by itself, for its retries
    /// ([`idempotent_writes`](crate::GmBuilder::idempotent_writes)). A key of the application's own is for a write that is sent again
    /// later, such as after a restart: a job with an id, or an error whose [`idempotency_key`](Error::idempotency_key) is known. The
    /// same write with the same key gets the same answer, for as long as the owner stores it (24 hours by default). Another write with
    /// the key is refused with 422. Other callers have keys of their own.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a key of other than 1 to 255 printable ASCII characters. [`Error::Unsupported`] if the owner does not
    /// announce the extension, and for rows of this service. Nothing is sent in both cases.
    ///
    /// ```
    /// # use gm_runtime::{Error, GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[remote_manager(base_url = "http://localhost", resource = "invoices")]
    /// # pub struct RemoteInvoice { #[field(id)] pub id: i64, pub order: i64 }
    /// /// Creates the invoice of an order. A second call for the order creates none.
    /// async fn bill(gm: &Gm, order: i64) -> Result<RemoteInvoice, Error> {
    ///     let invoice = RemoteInvoice::create(RemoteInvoiceCreate { order });
    ///     invoice.exec(gm).idempotency_key(format!("order-{order}")).await
    /// }
    /// ```
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        if let Execution::Write(pending, ..) = &mut self.execution {
            pending.key = Some(key.into());
        }
        self
    }
}

impl<T> Future for WriteFuture<'_, T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.execution.poll_as(this.decode, context)
    }
}

impl<T> std::fmt::Debug for WriteFuture<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteFuture").finish_non_exhaustive()
    }
}
