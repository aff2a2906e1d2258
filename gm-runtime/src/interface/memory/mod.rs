//! Rows in memory, for tests of applications.

mod answers;
mod bulk;
mod claim;
mod rows;
mod storage;
mod table;
mod transaction;

pub(crate) use storage::MemoryStorage;
