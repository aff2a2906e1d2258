//! Where the reads and the writes of rows are carried out.

use std::sync::Arc;

use rusqlite::Connection;

use super::query::BuiltQuery;
use super::queue::Queues;
use super::table::Table;
use super::transaction::SqliteTransaction;
use crate::error::Error;
use crate::interface::{BulkRequest, BulkWritten};
use crate::query::pattern::Deadline;

/// The way to the rows: the threads of the database, or a transaction of the writing thread.
#[derive(Clone)]
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

    /// Carries out a write of many rows. `query` is that of the rows that match.
    pub(super) async fn write_many(
        &self,
        table: Arc<Table>,
        request: BulkRequest,
        query: Option<(BuiltQuery, Deadline)>,
    ) -> Result<BulkWritten, Error> {
        match self {
            Self::Queues(queues) => queues.write_many(table, request, query).await,
            Self::Transaction(transaction) => transaction.write_many(table, request, query).await,
        }
    }
}
