//! Transactions: several writes of one storage that are carried out together or not at all.
//!
//! Reasons: `docs/design/transactions.md`.

mod changes;
mod rows;
mod storage_transaction;
mod table_locks;
mod time_limit;

pub(crate) use changes::TransactionChanges;
pub(crate) use storage_transaction::StorageTransaction;
pub(crate) use table_locks::TableLocks;
pub(crate) use time_limit::TransactionTimeLimit;
