//! A query as prepared text and parameters.

use rusqlite::{Connection, params_from_iter};
use sea_query::{SelectStatement, SqliteQueryBuilder};

use super::error;
use super::lookup::SqliteExpressions;
use super::parameters::Parameter;
use crate::error::Error;
use crate::interface::sql::{self, PageEnd, Paging, RowSink, with_row_id};
use crate::manager::Description;
use crate::query::pattern::{self, Deadline, QueryPattern};
use crate::query::{GroupBy, GroupCounter, Groups, NextPage, OrderBy, Select};

/// A query as SQL. It is built on the caller's thread and runs on a reading thread.
pub(super) struct BuiltQuery {
    description: &'static Description,
    rows: Statement,
    paging: Option<Paging>,
    /// The ordering of the page, for its cursor.
    ordering: Vec<OrderBy>,
    total: Total,
    patterns: Vec<QueryPattern>,
    expected_rows: usize,
}

/// The most rows that memory is reserved for.
const MAX_EXPECTED_ROWS: u64 = 100;

/// The longest text of a statement that a connection caches. Only the condition of a caller's rule makes longer ones, and each
/// of them may take megabytes.
const MAX_CACHED_TEXT: usize = 16 * 1024;

/// How the number of matching rows is determined.
enum Total {
    /// It was not requested.
    NotRequested,
    /// It is the number of rows read, since the query has no page.
    RowsRead,
    /// By `COUNT`, unless the page is the last one.
    Count(Statement),
}

struct Statement {
    text: String,
    parameters: Vec<Parameter>,
}

impl Statement {
    fn of(statement: &SelectStatement) -> Result<Self, Error> {
        let (text, values) = statement.build(SqliteQueryBuilder);
        Ok(Self {
            text,
            parameters: Parameter::all(values)?,
        })
    }
}

impl BuiltQuery {
    pub(super) fn new(
        description: &'static Description,
        table: &'static str,
        select: &Select,
    ) -> Result<Self, Error> {
        let paging = Paging::of(select);
        let expressions = SqliteExpressions::of(select);
        let rows = sql::select_rows(description, table, select, paging, &expressions)?;
        let total = match paging {
            _ if !select.count => Total::NotRequested,
            None => Total::RowsRead,
            Some(_) => {
                let count = sql::count(description, table, select, &expressions)?;
                Total::Count(Statement::of(&count)?)
            }
        };
        Ok(Self {
            description,
            rows: Statement::of(&rows)?,
            paging,
            total,
            patterns: select.patterns(),
            ordering: Vec::new(),
            expected_rows: paging.map_or(0, |paging| paging.limit.min(MAX_EXPECTED_ROWS) as usize),
        })
    }

    /// A query for the numbers of rows by the values of a field.
    pub(super) fn groups(
        description: &'static Description,
        table: &'static str,
        select: &Select,
        by: GroupBy,
    ) -> Result<Self, Error> {
        let expressions = SqliteExpressions::of(select);
        let groups = sql::select_groups(description, table, select, by, &expressions)?;
        Ok(Self {
            description,
            rows: Statement::of(&groups)?,
            paging: None,
            ordering: Vec::new(),
            total: Total::NotRequested,
            patterns: select.patterns(),
            expected_rows: 0,
        })
    }

    /// The ordering that the query was built with, from which cursors are made.
    pub(super) fn with_ordering(self, ordering: Vec<OrderBy>) -> Self {
        Self { ordering, ..self }
    }

    pub(super) fn description(&self) -> &'static Description {
        self.description
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.rows.text
    }

    /// The number of rows to reserve memory for.
    pub(super) fn expected_rows(&self) -> usize {
        self.expected_rows
    }

    /// Whether the query or the condition of its caller has patterns.
    pub(super) fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Runs the query. The time limit of regular expressions starts now.
    pub(super) fn run_with_deadline(
        &self,
        deadline: Deadline,
        connection: &Connection,
        rows: &mut impl RowSink,
    ) -> Result<PageEnd, Error> {
        self.with_patterns(deadline, || self.run(connection, rows))
    }

    /// What follows the page.
    pub(super) fn into_next(self, end: PageEnd) -> NextPage {
        end.next(self.ordering)
    }

    /// Reads the only row of a query for one id. Returns whether there is one.
    pub(super) fn read_row(
        &self,
        deadline: Deadline,
        connection: &Connection,
        into: &mut impl RowSink,
    ) -> Result<bool, Error> {
        self.with_patterns(deadline, || {
            self.with_statement(connection, &self.rows, |statement| {
                let mut rows = statement
                    .query(params_from_iter(&self.rows.parameters))
                    .map_err(|error| self.error(error))?;
                let Some(row) = rows.next().map_err(|error| self.error(error))? else {
                    return Ok(false);
                };
                match into.push(self.description, row) {
                    Ok(()) => Ok(true),
                    Err(error) => Err(with_row_id(self.description, row, error)),
                }
            })
        })
    }

    /// Counts the rows of a query for [`groups`](Self::groups).
    pub(super) fn count_groups(
        &self,
        deadline: Deadline,
        connection: &Connection,
        by: GroupBy,
    ) -> Result<Groups, Error> {
        self.with_patterns(deadline, || {
            self.with_statement(connection, &self.rows, |statement| {
                let mut counter = GroupCounter::new(self.description, by);
                let mut groups = statement
                    .query(params_from_iter(&self.rows.parameters))
                    .map_err(|error| self.error(error))?;
                while let Some(group) = groups.next().map_err(|error| self.error(error))? {
                    let rows: i64 = group.get(1).map_err(|error| self.error(error))?;
                    counter.add_group(self.description, group, rows.unsigned_abs())?;
                }
                Ok(counter.finish())
            })
        })
    }

    /// Whether a row matches.
    pub(super) fn exists(&self, connection: &Connection) -> Result<bool, Error> {
        self.with_patterns(Deadline::default(), || {
            self.with_statement(connection, &self.rows, |statement| {
                statement
                    .exists(params_from_iter(&self.rows.parameters))
                    .map_err(|error| self.error(error))
            })
        })
    }

    fn with_patterns<T>(
        &self,
        deadline: Deadline,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let compile_and_work = || {
            // Before the first row, so that an invalid pattern is also refused if the table is empty.
            if self.has_patterns() {
                pattern::compile_on_this_thread(&self.patterns, self.description)?;
            }
            work()
        };
        pattern::with_deadline(deadline.starting_now(), compile_and_work)
            .unwrap_or_else(|exceeded| Err(exceeded.error(self.description.name())))
    }

    /// Reads the rows, and returns the number of matching rows if it was requested. Both are from one snapshot.
    fn run(&self, connection: &Connection, rows: &mut impl RowSink) -> Result<PageEnd, Error> {
        let end = |read, total| PageEnd::of(self.paging, read, total);
        let count = match &self.total {
            Total::NotRequested => return Ok(end(self.read(connection, rows)?, None)),
            Total::RowsRead => {
                let read = self.read(connection, rows)?;
                return Ok(end(read, Some(read)));
            }
            Total::Count(count) => count,
        };
        // Inside of a transaction, both statements are of one snapshot already.
        let transaction = connection
            .is_autocommit()
            .then(|| connection.unchecked_transaction())
            .transpose()
            .map_err(|error| self.error(error))?;
        let read = self.read(connection, rows)?;
        let is_last = |paging: &Paging| read < paging.limit && (read > 0 || paging.offset == 0);
        let total = match self.paging {
            // A page that is not full is the last one, so that the count is known.
            Some(paging) if !paging.is_behind_cursor && is_last(&paging) => {
                paging.offset.saturating_add(read)
            }
            _ => self.count(connection, count)?,
        };
        if let Some(transaction) = transaction {
            transaction.finish().map_err(|error| self.error(error))?;
        }
        Ok(end(read, Some(total)))
    }

    /// Returns the number of rows read, which may be one more than the page has.
    fn read(&self, connection: &Connection, into: &mut impl RowSink) -> Result<u64, Error> {
        self.with_statement(connection, &self.rows, |statement| {
            let mut rows = statement
                .query(params_from_iter(&self.rows.parameters))
                .map_err(|error| self.error(error))?;
            let limit = self.paging.map_or(u64::MAX, |paging| paging.limit);
            let mut read = 0;
            while let Some(row) = rows.next().map_err(|error| self.error(error))? {
                read += 1;
                if read > limit {
                    break;
                }
                if let Err(error) = into.push(self.description, row) {
                    into.omit(with_row_id(self.description, row, error))?;
                }
                if read == limit {
                    into.end_page(self.description, &self.ordering, row);
                }
            }
            Ok(read)
        })
    }

    fn count(&self, connection: &Connection, count: &Statement) -> Result<u64, Error> {
        self.with_statement(connection, count, |statement| {
            let number: i64 = statement
                .query_row(params_from_iter(&count.parameters), |row| row.get(0))
                .map_err(|error| self.error(error))?;
            Ok(number.unsigned_abs())
        })
    }

    fn with_statement<T>(
        &self,
        connection: &Connection,
        statement: &Statement,
        work: impl FnOnce(&mut rusqlite::Statement<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let text = statement.text.as_str();
        if text.len() > MAX_CACHED_TEXT {
            let prepared = connection.prepare(text);
            return work(&mut prepared.map_err(|error| self.error(error))?);
        }
        let prepared = connection.prepare_cached(text);
        work(&mut *prepared.map_err(|error| self.error(error))?)
    }

    fn error(&self, error: rusqlite::Error) -> Error {
        error::of_statement(self.description, error)
    }
}
