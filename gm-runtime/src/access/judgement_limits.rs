//! The limits of queries whose rows are judged in memory, and of writes of many rows.

use crate::interface::{BulkLimits, ReadLimits};
use crate::query::PaginationLimits;

/// The limits of a query whose rows are judged in memory, and of a write of many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JudgementLimits {
    /// The most rows that match the query, whether the caller may read them or not.
    pub(crate) max_rows: u64,
    /// The most rows behind a reference whose ids are read for a lookup.
    pub(crate) related_ids: RelatedIdsLimit,
    /// The bytes of these rows, and the time of their read.
    pub(crate) pages: PaginationLimits,
    /// The time of the patterns.
    pub(crate) reads: ReadLimits,
    /// The rows, bytes and time of a write of many rows, and of a deletion that changes others.
    pub(crate) bulk: BulkLimits,
}

/// The most rows behind a reference whose ids are read for a lookup.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelatedIdsLimit(pub(crate) u64);

impl Default for RelatedIdsLimit {
    fn default() -> Self {
        Self(1_000)
    }
}
