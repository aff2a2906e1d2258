//! A transaction that has not ended.

use std::sync::Arc;

use super::held_entries::HeldEntries;
use crate::error::{Error, TransactionError};
use crate::interface::{StorageTransaction, TableLocks, Writes};

/// A transaction that has not ended, or steps inside of one.
pub(crate) struct OpenTransaction {
    pub(super) storage: Arc<StorageTransaction>,
    /// The writes of the transaction. Those of the handle may be closed meanwhile, and a transaction that has begun still ends.
    pub(super) writes: Arc<Writes>,
    /// The audit entries of its writes, until its end.
    pub(super) audit: Arc<HeldEntries>,
}

const ROLLED_BACK: &str = "rolled_back";

impl OpenTransaction {
    /// A transaction, which begins with its first verb. `writes` are those of the handle.
    pub(super) fn new(writes: &Arc<Writes>, locks: TableLocks) -> Self {
        Self {
            storage: Arc::new(StorageTransaction::new(Arc::clone(writes), locks)),
            writes: Arc::default(),
            audit: Arc::default(),
        }
    }

    /// Begins steps inside the transaction, whose other verbs wait until the steps have ended.
    ///
    /// # Errors
    /// [`Error::Transaction`] if the transaction has ended.
    pub(super) async fn begin_steps(&self) -> Result<Self, Error> {
        Ok(Self {
            storage: Arc::new(self.storage.begin_steps().await?),
            writes: Arc::clone(&self.writes),
            audit: Arc::default(),
        })
    }

    /// Ends the steps, and adds their audit entries to those of the transaction.
    pub(super) async fn end_steps(&self, transaction: &Self) -> Result<(), Error> {
        self.storage.commit().await?;
        self.audit.move_to(&transaction.audit);
        Ok(())
    }

    pub(super) async fn commit(&self) -> Result<(), Error> {
        // If the future is dropped, or its runtime ends.
        let audit = self.audit.end_as("unknown");
        let committed = self.storage.commit().await;
        audit.end_as(match &committed {
            Ok(()) => "done",
            Err(error) if error.is_outcome_unknown() => "unknown",
            Err(_) => ROLLED_BACK,
        });
        committed
    }

    pub(super) async fn roll_back(&self) {
        let _audit = self.audit.end_as(ROLLED_BACK);
        self.storage.roll_back().await;
    }
}

/// Rolls the transaction back if the future or its closure is dropped.
pub(super) struct EndOnDrop<'t> {
    pub(super) transaction: &'t OpenTransaction,
    /// Why further verbs are refused.
    pub(super) reason: TransactionError,
}

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.transaction.storage.end(self.reason.clone());
        drop(self.transaction.audit.end_as(ROLLED_BACK));
    }
}
