//! Where the reads of rows are carried out.

use std::sync::Arc;

use rusqlite::Connection;

use super::queue::Queues;
use super::transaction::SqliteTransaction;
use crate::error::Error;

/// The way to the rows: the threads of the database, or a transaction of the writing thread.
pub(super) enum RowsAccess {
    Queues(Arc<Queues>),
    Transaction(Arc<SqliteTransaction>),
}

impl RowsAccess {
    /// Whether both are access to one database, and inside of one transaction or none.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Queues(queues), Self::Queues(others)) => Arc::ptr_eq(queues, others),
            (Self::Transaction(transaction), Self::Transaction(other)) => Arc::ptr_eq(transaction, other),
            (Self::Queues(_) | Self::Transaction(_), _) => false,
        }
    }

    /// Reads on the calling thread. `None` if no connection is free, or the read belongs on a thread of the database.
    pub(super) fn read_inline<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        match self {
            Self::Queues(queues) => queues.read_inline(read),
            Self::Transaction(_) => None,
        }
    }

    /// Reads rows of this manager on a thread of the database. The read is cancelled if the future is dropped, and at its time
    /// limit.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        manager: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match self {
            Self::Queues(queues) => queues.read(manager, read).await,
            Self::Transaction(transaction) => transaction.read(manager, read).await,
        }
    }
}
