//! The errors of queries.

use std::time::Duration;

/// The error of a query that is invalid, or whose result exceeds a limit.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 50)] pub name: String, pub status: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// use gm_runtime::Error;
/// use gm_runtime::error::QueryError;
///
/// let result = Project::query().page(0).page_size(10).all(&gm).await;
/// assert!(matches!(result, Err(Error::Query(QueryError::ZeroPage { argument: "page", .. }))));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A lookup has two different values. A request contains one value for each lookup.
    #[error(
        "`{manager}`: the lookup `{lookup}` has two different values; a query has one value for each lookup"
    )]
    Conflict {
        /// The struct's name.
        manager: &'static str,
        /// The name of the lookup on the wire.
        lookup: String,
    },
    /// `page` has no `page_size`, and the owner has no default. It would answer with all rows.
    #[error("`{manager}`: the owner has no default page size; add `page_size` to `page`")]
    UnsizedPage {
        /// The struct's name.
        manager: &'static str,
    },
    /// `exclude` was called twice. A request contains one NOT (a AND b).
    #[error("`{manager}`: `exclude` is called twice; a query has one, so join the conditions with `&`")]
    SecondExclude {
        /// The struct's name.
        manager: &'static str,
    },
    /// The query is ordered by a field twice.
    #[error("`{manager}`: the query is ordered by `{field}` twice; name a field once")]
    RepeatedOrdering {
        /// The struct's name.
        manager: &'static str,
        /// The field's name.
        field: &'static str,
    },
    /// The value of a lookup is `None`, which only `eq` and `is_in` accept.
    #[error("`{manager}`: the value of the lookup `{lookup}` can't be `None`; use `is_null`")]
    Null {
        /// The struct's name.
        manager: &'static str,
        /// The name of the lookup on the wire.
        lookup: String,
    },
    /// `page` or `page_size` is 0.
    #[error("`{manager}`: `{argument}` is 0; pages are counted from 1, and have at least one row")]
    ZeroPage {
        /// The struct's name.
        manager: &'static str,
        /// `page` or `page_size`.
        argument: &'static str,
    },
    /// A page is requested by its number and by a cursor at once.
    #[error("`{manager}`: the query has a page number and a cursor; use one of them")]
    PageWithCursor {
        /// The struct's name.
        manager: &'static str,
    },
    /// The cursor is unreadable, of another ordering, or has a wrong value.
    #[error("`{manager}`: the cursor does not fit the query: {problem}")]
    Cursor {
        /// The struct's name.
        manager: &'static str,
        /// What is wrong with it.
        problem: std::borrow::Cow<'static, str>,
    },
    /// Pages that are read by cursors do not end. The owner gave a cursor again, or one behind a page without rows, or several
    /// pages in a row brought no new row. Rows that are moved faster than they are read cause the last of these, and a retry
    /// may succeed.
    #[error(
        "`{manager}`: the pages do not end: the owner repeats a cursor or its rows, or the rows are moved faster than they are \
         read; read them again, with a larger `page_size`"
    )]
    EndlessCursors {
        /// The struct's name.
        manager: &'static str,
    },
    /// Matching the patterns of the query took longer than `GmBuilder::pattern_time_limit`.
    #[error("`{manager}`: {}", patterns_take_too_long(.limit))]
    PatternTimeout {
        /// The struct's name.
        manager: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// The pages of the query brought no new rows although more should follow. Either rows are moved or removed faster than they
    /// are read, and a retry may succeed. Or the owner or the storage ignores `page`.
    #[error(
        "`{manager}`: page {page} of {page_size} rows brought no new row, although more should follow: rows are moved faster \
         than they are read, or the owner of the rows ignores `page`; read them again, with a larger `page_size`"
    )]
    UnstablePages {
        /// The struct's name.
        manager: &'static str,
        /// The number of the last page.
        page: u64,
        /// Its size.
        page_size: u64,
    },
    /// `all` or `stream` needs more memory than [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes).
    #[error(
        "`{manager}`: the rows take more than {limit} bytes; read fewer of them, or raise `GmBuilder::max_pages_bytes`"
    )]
    TooManyBytes {
        /// The struct's name.
        manager: &'static str,
        /// The limit, in bytes.
        limit: u64,
    },
    /// `all`, or the next row of a `stream`, took longer than [`pages_time_limit`](crate::GmBuilder::pages_time_limit).
    #[error(
        "`{manager}`: the pages were not read within {limit:?}; read fewer rows, or raise `GmBuilder::pages_time_limit`"
    )]
    PagesTimeout {
        /// The struct's name.
        manager: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// The read took longer than [`read_time_limit`](crate::GmBuilder::read_time_limit).
    #[error("`{manager}`: {}", reading_takes_too_long(.limit))]
    ReadTimeout {
        /// The struct's name.
        manager: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// A write to the database took longer than [`read_time_limit`](crate::GmBuilder::read_time_limit), and was undone.
    #[error("`{manager}`: {}", writing_takes_too_long(.limit))]
    WriteTimeout {
        /// The struct's name.
        manager: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// A write of many rows has more rows than [`max_bulk_rows`](crate::GmBuilder::max_bulk_rows). Nothing was written.
    #[error(
        "`{manager}`: more than {limit} rows would be written at once; write them in parts, or raise `GmBuilder::max_bulk_rows`"
    )]
    TooManyBulkRows {
        /// The struct's name.
        manager: &'static str,
        /// The limit, in rows.
        limit: u64,
    },
    /// A write of many rows needs more memory than [`max_bulk_bytes`](crate::GmBuilder::max_bulk_bytes). Nothing was written.
    #[error(
        "`{manager}`: the rows to be written at once take more than {limit} bytes; write them in parts, or raise \
         `GmBuilder::max_bulk_bytes`"
    )]
    TooManyBulkBytes {
        /// The struct's name.
        manager: &'static str,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A write of many rows took longer than [`bulk_time_limit`](crate::GmBuilder::bulk_time_limit), and was undone.
    #[error(
        "`{manager}`: the rows were not written within {limit:?}, and all of them were undone; write them in parts, or raise \
         `GmBuilder::bulk_time_limit`"
    )]
    BulkTimeout {
        /// The struct's name.
        manager: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// `update_all` or `delete_all` on a query with a page. They write every row that matches.
    #[error(
        "`{manager}`: `update_all` and `delete_all` write every row that matches, and the query has a page; leave out `page`, \
         `page_size` and `after`"
    )]
    BulkPage {
        /// The struct's name.
        manager: &'static str,
    },
    /// A response would be larger than [`max_response_bytes`](crate::GmBuilder::max_response_bytes) allows.
    #[error("`{manager}`: {}", response_too_large(.limit, .rows))]
    ResponseSize {
        /// The struct's name.
        manager: &'static str,
        /// The most bytes of the rows in a response.
        limit: usize,
        /// The number of rows within the limit.
        rows: usize,
    },
    /// A lookup through a reference finds more rows of the other manager than
    /// [`max_related_ids`](crate::GmBuilder::max_related_ids). Their ids are read first, since they are not in the same database.
    #[error(
        "`{manager}`: more than {limit} rows match behind the reference `{reference}`; narrow the lookup, or raise \
         `GmBuilder::max_related_ids`"
    )]
    TooManyRelated {
        /// The struct's name.
        manager: &'static str,
        /// The name of the reference on the wire.
        reference: &'static str,
        /// The limit, in rows.
        limit: u64,
    },
    /// More rows of another service match than `all` may read ([`max_rows`](crate::GmBuilder::max_rows)).
    #[error(
        "`{manager}`: more than {limit} rows match; read them with `stream`, or raise `GmBuilder::max_rows`"
    )]
    TooManyRows {
        /// The struct's name.
        manager: &'static str,
        /// The limit, in rows.
        limit: u64,
    },
    /// The rows of [`count_by`](crate::Query::count_by) are another service's, which left the field out of one of them. So the row's
    /// value is unknown: it is not null, and no other value either.
    #[error("`{manager}`: {}", absent_field(.field))]
    AbsentField {
        /// The struct's name.
        manager: &'static str,
        /// The name of the field on the wire.
        field: &'static str,
    },
    /// The rows of [`count_by`](crate::Query::count_by) have too many different values. In this service's own code at most
    /// [`max_rows`](crate::GmBuilder::max_rows), in an answer to a caller at most 1,000, and never more than fit into
    /// [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes) or a response.
    #[error("`{manager}`: {}", too_many_groups(.field, .limit))]
    TooManyGroups {
        /// The struct's name.
        manager: &'static str,
        /// The name of the field on the wire.
        field: &'static str,
        /// The most values.
        limit: u64,
    },
}

/// The message for the caller of a count by a field that the owner of the rows left out.
pub(crate) fn absent_field(field: &str) -> String {
    format!(
        "the owner of the rows left `{field}` out of a row, so its value is unknown; count by another field"
    )
}

/// The message for the caller of a count by a field with too many values.
pub(crate) fn too_many_groups(field: &str, limit: &u64) -> String {
    format!(
        "the rows have more than {limit} values of `{field}`, or these take too many bytes; filter the rows, or count by another field"
    )
}

/// The message for the caller of a query whose patterns take too long.
pub(crate) fn patterns_take_too_long(limit: &Duration) -> String {
    format!(
        "matching the patterns takes more than {limit:?}; use simpler patterns, or other lookups that leave fewer rows"
    )
}

/// The message for the caller of a read that takes too long.
pub(crate) fn reading_takes_too_long(limit: &Duration) -> String {
    format!(
        "reading the rows takes more than {limit:?}; request fewer rows, or filter by fields with an index"
    )
}

/// The message for the caller of a write that takes too long.
pub(crate) fn writing_takes_too_long(limit: &Duration) -> String {
    format!(
        "the write took more than {limit:?} and was undone, because all other writes wait meanwhile; the tables that the row's \
         view, triggers and foreign keys read need an index"
    )
}

/// The message for the caller of a deletion that would change too many other rows.
pub(crate) fn too_many_rows_deleted(limit: &u64) -> String {
    format!("more than {limit} rows would be deleted or changed with this one; {DELETE_IN_PARTS}")
}

/// The message for the caller of a deletion that would need too much memory.
pub(crate) fn too_many_bytes_deleted(limit: &u64) -> String {
    format!(
        "the rows that would be deleted or changed with this one take more than {limit} bytes; {DELETE_IN_PARTS}"
    )
}

/// The message for the caller of a deletion that takes too long.
pub(crate) fn deleting_takes_too_long(limit: &Duration) -> String {
    format!(
        "the deletion took more than {limit:?} and was undone, because all other writes wait meanwhile; {DELETE_IN_PARTS}"
    )
}

const DELETE_IN_PARTS: &str = "delete the rows that refer to it first, in parts";

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
