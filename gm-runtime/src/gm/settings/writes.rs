//! The builder's methods for the limits of writes.

use std::time::Duration;

use super::LONGEST;
use crate::gm::GmBuilder;

/// The limits of writes of many rows: `create_many`, `update_all` and `delete_all`, and deletions of rows that others refer to. Beyond a
/// limit nothing is written.
impl GmBuilder {
    /// The most rows of one write of many rows. 100,000 by default, and at most 4,294,967,295.
    ///
    /// The rows of `update_all` and `delete_all` are those that match, whether their values change or not. The rows that a deletion
    /// deletes or changes by foreign keys count, too. Beyond the limit the error is [`QueryError::TooManyBulkRows`](crate::error::QueryError::TooManyBulkRows).
    pub fn max_bulk_rows(mut self, rows: u64) -> Self {
        self.bulk.rows = rows.min(u32::MAX.into());
        self
    }

    /// The most memory for the rows of one write of many rows, in estimated bytes. 64 MiB by default.
    ///
    /// The rows of `create_many` are in memory, and so are those of an `update_all` or `delete_all` on Postgres. SQLite reads one row
    /// at a time. Beyond the limit the error is
    /// [`QueryError::TooManyBulkBytes`](crate::error::QueryError::TooManyBulkBytes).
    pub fn max_bulk_bytes(mut self, bytes: u64) -> Self {
        self.bulk.bytes = bytes;
        self
    }

    /// The time limit of one write of many rows, from when it begins. 5 s by default, and at most a year.
    ///
    /// On SQLite all other writes wait for a write of many rows, so this is also the longest time that they wait for one. On Postgres
    /// only writes of the same rows wait. Beyond the limit everything is undone, and the error is
    /// [`QueryError::BulkTimeout`](crate::error::QueryError::BulkTimeout).
    pub fn bulk_time_limit(mut self, limit: Duration) -> Self {
        self.bulk.time = limit.min(LONGEST);
        self
    }
}
