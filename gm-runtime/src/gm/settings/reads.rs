//! Settings of reads: how long they take, and how much they hold.

use std::time::Duration;

use crate::gm::GmBuilder;
use crate::query::ReadTimeLimit;
use crate::query::pattern::PatternTimeLimit;

/// The longest limit: a moment further away is one that no clock can name.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long reads may take.
impl GmBuilder {
    /// How long a read of rows that this process keeps may take, the time included that it waits for a thread of the
    /// database; 30 seconds by default, and a year at most.
    ///
    /// A query that runs longer is interrupted and fails with [`QueryError::ReadTimeout`](crate::error::QueryError::ReadTimeout);
    /// a caller's is answered 400. One that spends most of its time waiting fails with [`Error::Unavailable`](crate::Error::Unavailable) (503), and so
    /// does a read of an application's own storage, whose future is dropped.
    ///
    /// The limit is also that of a write to the database once it has begun, because other writes wait meanwhile. A write takes
    /// long if its triggers, its foreign keys or the view of its row read much. One that takes longer is undone and fails with
    /// [`QueryError::WriteTimeout`](crate::error::QueryError::WriteTimeout), which a caller receives as 400.
    pub fn read_time_limit(mut self, limit: Duration) -> Self {
        self.read_time = ReadTimeLimit(limit.min(LONGEST));
        self
    }
}

/// Settings of queries that are read page by page.
impl GmBuilder {
    /// The most bytes that the rows of one `all` from another service may take in memory, as they are estimated; 512 MiB
    /// by default. Of a `stream` it is what is held to tell rows apart: their ids, so that the default is enough for
    /// some millions of rows. More is [`QueryError::TooManyBytes`](crate::error::QueryError::TooManyBytes).
    pub fn max_pages_bytes(mut self, bytes: u64) -> Self {
        self.pages.bytes = bytes;
        self
    }

    /// How long one `all` from another service may take, over all its pages; 10 minutes by default. Of a `stream` it is
    /// how long the next row may take, once it is asked for. Longer is [`QueryError::PagesTimeout`](crate::error::QueryError::PagesTimeout). At most a year.
    pub fn pages_time_limit(mut self, limit: Duration) -> Self {
        // A moment too far away would be none that a clock can name.
        self.pages.time = limit.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }
}

/// How long patterns may take.
#[cfg(feature = "regex")]
impl GmBuilder {
    /// How long a query may match the patterns of `regex` and `iregex`, in whatever storage of this process; one that takes
    /// longer fails with [`QueryError::PatternTimeout`](crate::error::QueryError::PatternTimeout), and a caller's is answered 400. 2 seconds by default.
    ///
    /// A pattern is matched in a time that is linear in the text, but a long pattern and a long text may make that minutes.
    pub fn pattern_time_limit(mut self, limit: Duration) -> Self {
        self.pattern_time = PatternTimeLimit(limit);
        self
    }
}
