//! The builder's methods for the limits of reads.

use std::time::Duration;

use super::LONGEST;
use crate::access::RelatedIdsLimit;
use crate::gm::GmBuilder;
use crate::interface::TransactionTimeLimit;
use crate::query::ReadTimeLimit;
use crate::query::pattern::PatternTimeLimit;

/// The time limit of reads.
impl GmBuilder {
    /// The time limit of a read of storage in this process, including the time that it waits for a thread of the database. 30 s
    /// by default, and at most a year.
    ///
    /// A query that runs longer is interrupted and fails with [`QueryError::ReadTimeout`](crate::error::QueryError::ReadTimeout),
    /// which a caller receives as 400. A query that waited for most of the time fails with
    /// [`Error::Unavailable`](crate::Error::Unavailable) (503). So does a read of an application's own storage, whose future is
    /// dropped.
    ///
    /// The limit also applies to a write to the database once it has begun, because other writes wait meanwhile. A write takes
    /// long if its triggers, its foreign keys or the view of its row read much. One that takes longer is undone and fails with
    /// [`QueryError::WriteTimeout`](crate::error::QueryError::WriteTimeout), which a caller receives as 400.
    pub fn read_time_limit(mut self, limit: Duration) -> Self {
        self.read_time = ReadTimeLimit(limit.min(LONGEST));
        self
    }
}

/// The time limit of transactions.
impl GmBuilder {
    /// The time limit of a [transaction](crate::Gm::transaction), from its first verb to its commit. 5 s by default, and at most a
    /// year.
    ///
    /// Other writes wait for a transaction: all of them on SQLite, and those of the same rows in Postgres. A transaction that takes
    /// longer is rolled back, and its next verb or its commit fails with
    /// [`TransactionError::TimeLimit`](crate::error::TransactionError::TimeLimit).
    pub fn transaction_time_limit(mut self, limit: Duration) -> Self {
        self.transaction_time = TransactionTimeLimit(limit.min(LONGEST));
        self
    }
}

/// The limits of queries that are read page by page.
impl GmBuilder {
    /// The most memory for the rows of one `all` from another service, in estimated bytes. 512 MiB by default.
    ///
    /// A `stream` by cursors holds one page. By page numbers it also holds the ids of its rows, so the default is enough for
    /// millions of rows. Beyond the limit the error is
    /// [`QueryError::TooManyBytes`](crate::error::QueryError::TooManyBytes).
    pub fn max_pages_bytes(mut self, bytes: u64) -> Self {
        self.pages.bytes = bytes;
        self
    }

    /// The most rows behind a reference whose ids a lookup through it reads. 1,000 by default.
    ///
    /// A lookup such as `t.customer.name.eq("Ada")` reads the ids of the customers first, unless both tables are in the same database
    /// or the same other service evaluates the lookup. Beyond the limit the error is
    /// [`QueryError::TooManyRelated`](crate::error::QueryError::TooManyRelated), which a caller receives as 400.
    pub fn max_related_ids(mut self, ids: u64) -> Self {
        self.related_ids = RelatedIdsLimit(ids);
        self
    }

    /// The time limit of one `all` from another service, over all its pages. 10 minutes by default, and at most a year.
    ///
    /// For a `stream` it limits the time to the next row after it was requested. Beyond the limit the error is
    /// [`QueryError::PagesTimeout`](crate::error::QueryError::PagesTimeout).
    pub fn pages_time_limit(mut self, limit: Duration) -> Self {
        self.pages.time = limit.min(LONGEST);
        self
    }
}

/// The time limit of patterns.
#[cfg(feature = "regex")]
impl GmBuilder {
    /// The time limit for matching the patterns of a query (`regex` and `iregex`), in each kind of storage of this process. 2 s
    /// by default.
    ///
    /// A query that takes longer fails with [`QueryError::PatternTimeout`](crate::error::QueryError::PatternTimeout), which a
    /// caller receives as 400. The time of a match is linear in the length of the text, but a long pattern and a long text may
    /// take minutes.
    pub fn pattern_time_limit(mut self, limit: Duration) -> Self {
        self.pattern_time = PatternTimeLimit(limit);
        self
    }
}
