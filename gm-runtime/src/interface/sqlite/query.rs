//! A query on its way to a thread of the database.

use rusqlite::{CachedStatement, Connection, params_from_iter};
use sea_query::{SelectStatement, SqliteQueryBuilder};

use super::error;
use super::expressions::SqliteDialect;
use super::parameter::Parameter;
use super::row_sink::{Rows, of_row};
use crate::error::Error;
use crate::interface::sql::{self, Paging};
use crate::manager::Description;
use crate::query::Select;
use crate::query::pattern::{self, Until, Wanted};

/// A query as SQL.
pub(super) struct BuiltQuery {
    description: &'static Description,
    rows: Statement,
    total: Total,
    patterns: Vec<Wanted>,
    usual_rows: usize,
}

/// The most rows for which room is made before they are read.
const MAX_ROOM: u64 = 100;

/// How the number of matching rows is learnt.
enum Total {
    /// It is not wanted.
    Unwanted,
    /// Every row is read.
    AllRead,
    /// By counting, unless the page tells.
    Count(Statement, Paging),
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
        let rows = sql::all_by(description, table, select, paging, &SqliteDialect)?;
        let total = match paging {
            _ if !select.count => Total::Unwanted,
            None => Total::AllRead,
            Some(paging) => {
                let count = sql::count(description, table, select, &SqliteDialect)?;
                Total::Count(Statement::of(&count)?, paging)
            }
        };
        Ok(Self {
            description,
            rows: Statement::of(&rows)?,
            total,
            patterns: select.patterns(),
            usual_rows: paging.map_or(0, |paging| paging.limit.min(MAX_ROOM) as usize),
        })
    }

    pub(super) fn description(&self) -> &'static Description {
        self.description
    }

    /// For how many rows there should be room.
    pub(super) fn usual_rows(&self) -> usize {
        self.usual_rows
    }

    /// Reads the rows for a caller who has as long from now on for compiling and matching patterns.
    pub(super) fn run_until(
        &self,
        until: Until,
        connection: &Connection,
        rows: &mut impl Rows,
    ) -> Result<Option<u64>, Error> {
        pattern::within(until.starting_now(), || self.prepare_and_run(connection, rows))
            .unwrap_or_else(|late| Err(late.of(self.description.name())))
    }

    fn prepare_and_run(&self, connection: &Connection, rows: &mut impl Rows) -> Result<Option<u64>, Error> {
        // Before any row, so that a pattern which is none is refused where there is no row too.
        if !self.patterns.is_empty() {
            pattern::prepare_here(&self.patterns, self.description)?;
        }
        self.run(connection, rows)
    }

    /// Reads the rows into `rows`, and says how many match where that is wanted: both of one state of the database.
    fn run(&self, connection: &Connection, rows: &mut impl Rows) -> Result<Option<u64>, Error> {
        let (count, paging) = match &self.total {
            Total::Unwanted => {
                self.read(connection, rows)?;
                return Ok(None);
            }
            Total::AllRead => return self.read(connection, rows).map(Some),
            Total::Count(count, paging) => (count, paging),
        };
        let transaction = connection
            .unchecked_transaction()
            .map_err(|error| self.error(error))?;
        let read = self.read(&transaction, rows)?;
        // A page that is not full is the last one, and says how many rows there are.
        let total = if read < paging.limit && (read > 0 || paging.offset == 0) {
            paging.offset.saturating_add(read)
        } else {
            self.count(&transaction, count)?
        };
        transaction.finish().map_err(|error| self.error(error))?;
        Ok(Some(total))
    }

    /// How many rows were read.
    fn read(&self, connection: &Connection, into: &mut impl Rows) -> Result<u64, Error> {
        let mut statement = self.prepare(connection, &self.rows)?;
        let mut rows = statement
            .query(params_from_iter(&self.rows.parameters))
            .map_err(|error| self.error(error))?;
        let mut read = 0;
        while let Some(row) = rows.next().map_err(|error| self.error(error))? {
            if let Err(error) = into.push(self.description, row) {
                into.leave_out(of_row(self.description, row, error))?;
            }
            read += 1;
        }
        Ok(read)
    }

    fn count(&self, connection: &Connection, count: &Statement) -> Result<u64, Error> {
        let number: i64 = self
            .prepare(connection, count)?
            .query_row(params_from_iter(&count.parameters), |row| row.get(0))
            .map_err(|error| self.error(error))?;
        Ok(number.unsigned_abs())
    }

    fn prepare<'c>(
        &self,
        connection: &'c Connection,
        statement: &Statement,
    ) -> Result<CachedStatement<'c>, Error> {
        connection
            .prepare_cached(&statement.text)
            .map_err(|error| self.error(error))
    }

    fn error(&self, error: rusqlite::Error) -> Error {
        error::of(self.description, error)
    }
}
