//! The rows of a manager inside a transaction.

use std::any::Any;
use std::sync::Arc;

use super::storage_transaction::StorageTransaction;
use crate::error::Error;
use crate::interface::answer::Answer;
use crate::interface::bulk::{BulkRequest, BulkWritten};
use crate::interface::erased::{BoxFuture, ErasedInterface};
use crate::interface::read::Read;
use crate::interface::write::{Proposal, Write, WriteRequest};
use crate::interface::written::Written;
use crate::manager::Description;
use crate::protocol::features::Features;
use crate::query::Select;

/// The rows of a manager inside a transaction, on any storage. It caches nothing and publishes nothing.
struct RowsInTransaction {
    transaction: Arc<StorageTransaction>,
    outside: Arc<dyn ErasedInterface>,
}

impl StorageTransaction {
    /// The rows of a manager inside of the transaction. `outside` is the manager's interface, or its rows inside of the transaction
    /// around these steps.
    ///
    /// # Errors
    /// [`Error::Transaction`] for rows of another storage than those of the first manager, and for rows without transactions.
    pub(crate) fn rows(
        self: &Arc<Self>,
        outside: &Arc<dyn ErasedInterface>,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let rows: &dyn Any = &**outside;
        let outside = match rows.downcast_ref::<RowsInTransaction>() {
            Some(rows) => &rows.outside,
            None => outside,
        };
        self.join(&**outside)?;
        Ok(Arc::new(RowsInTransaction {
            transaction: Arc::clone(self),
            outside: Arc::clone(outside),
        }))
    }
}

impl ErasedInterface for RowsInTransaction {
    fn description(&self) -> &'static Description {
        self.outside.description()
    }

    fn features(&self) -> Features {
        self.outside.features()
    }

    fn fill_page(&self, select: &mut Select) -> Result<(), Error> {
        self.outside.fill_page(select)
    }

    fn applies_cursors(&self) -> bool {
        self.outside.applies_cursors()
    }

    fn applies_conditions(&self) -> bool {
        self.outside.applies_conditions()
    }

    /// The database reads the rows behind a reference as the transaction sees them.
    fn joins(&self, other: &dyn ErasedInterface, rows: &Select, context: &Select) -> bool {
        let other: &dyn Any = other;
        let is_joined = |other: &Self| {
            Arc::ptr_eq(&self.transaction, &other.transaction)
                && self.outside.joins(&*other.outside, rows, context)
        };
        other.downcast_ref().is_some_and(is_joined)
    }

    fn enforces_references(&self) -> bool {
        self.outside.enforces_references()
    }

    fn judge(&self, proposal: Proposal) -> Result<Write, Error> {
        self.outside.judge(proposal)
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        let verb = |rows: Arc<dyn ErasedInterface>| async move { rows.read(read).await };
        Box::pin(self.transaction.verb(&*self.outside, verb))
    }

    /// A write whose future is dropped before it is ready leaves a transaction that can only be rolled back.
    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        let (transaction, outside) = (Arc::clone(&self.transaction), Arc::clone(&self.outside));
        Box::pin(async move {
            let verb = |rows: Arc<dyn ErasedInterface>| rows.write(request);
            transaction.verb(&*outside, verb).await
        })
    }

    /// As for a write, a future that is dropped leaves a transaction that can only be rolled back.
    fn write_many(&self, request: BulkRequest) -> BoxFuture<'static, Result<BulkWritten, Error>> {
        let (transaction, outside) = (Arc::clone(&self.transaction), Arc::clone(&self.outside));
        Box::pin(async move {
            let verb = |rows: Arc<dyn ErasedInterface>| rows.write_many(request);
            transaction.verb(&*outside, verb).await
        })
    }
}
