//! Rows in memory, for tests of applications.

mod bulk;
mod claim;
mod rows;
mod storage;
mod table;
mod transaction;

pub(crate) use rows::MemoryInterface;
pub(crate) use storage::MemoryStorage;
