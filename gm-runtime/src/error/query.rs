//! Queries that can't be sent, or whose answer is more than may be read.

use std::time::Duration;

/// A query that can't be sent, or whose answer is more than may be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The same lookup twice with different values; the wire holds one value a lookup.
    #[error(
        "`{manager}`: the lookup `{lookup}` is given two different values; a query holds one value a lookup"
    )]
    Conflict {
        /// The struct's name.
        manager: &'static str,
        /// The lookup as the wire spells it.
        lookup: String,
    },
    /// The owner takes a page without a size for every row.
    #[error("`{manager}`: the owner has no size of its own for a page: give `page_size` beside `page`")]
    UnsizedPage {
        /// The struct's name.
        manager: &'static str,
    },
    /// `exclude` twice; the wire holds one NOT (a AND b).
    #[error(
        "`{manager}`: `exclude` is called twice; a query leaves out one set of rows, so join the conditions with `&`"
    )]
    SecondExclude {
        /// The struct's name.
        manager: &'static str,
    },
    /// The same field twice in the ordering.
    #[error("`{manager}`: the query is ordered by `{field}` twice; name a field once")]
    RepeatedOrdering {
        /// The struct's name.
        manager: &'static str,
        /// The field's name.
        field: &'static str,
    },
    /// A lookup that has no meaning for null was given `None`.
    #[error("`{manager}`: the lookup `{lookup}` can't be given `None`; use `is_null`")]
    Null {
        /// The struct's name.
        manager: &'static str,
        /// The lookup as the wire spells it.
        lookup: String,
    },
    /// A page or a page size of zero.
    #[error("`{manager}`: `{argument}` is 0; pages are counted from 1, and have one row at least")]
    ZeroPage {
        /// The struct's name.
        manager: &'static str,
        /// `page` or `page_size`.
        argument: &'static str,
    },
    /// The patterns of the query took longer than
    /// `GmBuilder::pattern_time_limit` allows.
    #[error("`{manager}`: {}", patterns_take_too_long(.limit))]
    PatternTimeout {
        /// The struct's name.
        manager: &'static str,
        /// How long they may take.
        limit: Duration,
    },
    /// The pages of the query brought nothing new although more rows were said to follow: rows are moved or removed
    /// faster than they are read, or where they come from `page` is ignored. The former is worth another try.
    #[error(
        "`{manager}`: page {page} of {page_size} rows brought no row that the pages before it had not, and more are said to \
         follow: rows are moved faster than they are read, or `page` is ignored where they are kept; read them again, with \
         a larger `page_size`"
    )]
    UnstablePages {
        /// The struct's name.
        manager: &'static str,
        /// The page that was read last.
        page: u64,
        /// Its size.
        page_size: u64,
    },
    /// `all` or `stream` would hold more bytes than [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes) allows.
    #[error(
        "`{manager}`: the rows take more than {limit} bytes; read fewer of them, or raise `GmBuilder::max_pages_bytes`"
    )]
    TooManyBytes {
        /// The struct's name.
        manager: &'static str,
        /// The most bytes that are held.
        limit: u64,
    },
    /// `all`, or the next row of a `stream`, took longer than
    /// [`pages_time_limit`](crate::GmBuilder::pages_time_limit) allows.
    #[error(
        "`{manager}`: the pages were not read within {limit:?}; read fewer rows, or raise `GmBuilder::pages_time_limit`"
    )]
    PagesTimeout {
        /// The struct's name.
        manager: &'static str,
        /// How long reading may take.
        limit: Duration,
    },
    /// Reading the rows took longer than [`read_time_limit`](crate::GmBuilder::read_time_limit) allows.
    #[error("`{manager}`: {}", reading_takes_too_long(.limit))]
    ReadTimeout {
        /// The struct's name.
        manager: &'static str,
        /// How long a read may take.
        limit: Duration,
    },
    /// A write to the database took longer than [`read_time_limit`](crate::GmBuilder::read_time_limit) allows, and was
    /// undone.
    #[error("`{manager}`: {}", writing_takes_too_long(.limit))]
    WriteTimeout {
        /// The struct's name.
        manager: &'static str,
        /// The longest time of a write once it has begun.
        limit: Duration,
    },
    /// A response would be larger than [`max_response_bytes`](crate::GmBuilder::max_response_bytes) allows.
    #[error("`{manager}`: {}", response_too_large(.limit, .rows))]
    ResponseSize {
        /// The struct's name.
        manager: &'static str,
        /// The most bytes of the rows in a response.
        limit: usize,
        /// How many of the rows fit.
        rows: usize,
    },
    /// `all` would read more rows from another service than [`max_rows`](crate::GmBuilder::max_rows) allows.
    #[error(
        "`{manager}`: more than {limit} rows match; read them with `stream`, or raise `GmBuilder::max_rows`"
    )]
    TooManyRows {
        /// The struct's name.
        manager: &'static str,
        /// The most rows that are read.
        limit: u64,
    },
}

/// The message for the caller of a query whose patterns take too long.
pub(crate) fn patterns_take_too_long(limit: &Duration) -> String {
    format!(
        "matching the patterns needs more than {limit:?}; ask for simpler patterns, or for fewer rows by other lookups"
    )
}

/// The message for the caller of a read that takes too long.
pub(crate) fn reading_takes_too_long(limit: &Duration) -> String {
    format!("reading the rows needs more than {limit:?}; ask for fewer rows, or by fields that have an index")
}

/// The message for the caller of a write that takes too long.
pub(crate) fn writing_takes_too_long(limit: &Duration) -> String {
    format!(
        "the write took more than {limit:?} and was undone, because all other writes wait meanwhile; the tables that the row's \
         view, triggers and foreign keys read need an index"
    )
}

/// The message for the caller whose response would be too large.
pub(crate) fn response_too_large(limit: &usize, rows: &usize) -> String {
    match rows {
        0 => format!(
            "a row takes more than {limit} bytes, the limit of a response; the owner can raise it by `GmBuilder::max_response_bytes`"
        ),
        rows => format!(
            "the page takes more than {limit} bytes, the limit of a response; request a smaller page, since {rows} of its rows fit"
        ),
    }
}
