//! A query on its way to a thread of the database.

use rusqlite::{CachedStatement, Connection, params_from_iter};
use sea_query::{SelectStatement, SqliteQueryBuilder};

use super::dialect::SqliteDialect;
use super::error;
use super::parameter::Parameter;
use super::values::record;
use crate::error::Error;
use crate::interface::database::sql::{self, Paging};
use crate::manager::{Description, Record};
use crate::query::{RecordPage, Select};

/// A query as SQL.
pub(super) struct BuiltQuery {
    description: &'static Description,
    rows: Statement,
    total: Total,
}

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
        })
    }

    /// The rows and, where it is wanted, how many match: both of one state of the database.
    pub(super) fn run(&self, connection: &Connection) -> Result<RecordPage, Error> {
        let (count, paging) = match &self.total {
            Total::Unwanted => return Ok(RecordPage::new(self.rows(connection)?, None)),
            Total::AllRead => {
                let rows = self.rows(connection)?;
                let total = rows.len() as u64;
                return Ok(RecordPage::new(rows, Some(total)));
            }
            Total::Count(count, paging) => (count, paging),
        };
        let transaction = connection
            .unchecked_transaction()
            .map_err(|error| self.error(error))?;
        let rows = self.rows(&transaction)?;
        let read = rows.len() as u64;
        // A page that is not full is the last one, and says how many rows there are.
        let total = if read < paging.limit && (read > 0 || paging.offset == 0) {
            paging.offset.saturating_add(read)
        } else {
            self.count(&transaction, count)?
        };
        transaction.finish().map_err(|error| self.error(error))?;
        Ok(RecordPage::new(rows, Some(total)))
    }

    fn rows(&self, connection: &Connection) -> Result<Vec<Record>, Error> {
        let mut statement = self.prepare(connection, &self.rows)?;
        let mut rows = statement
            .query(params_from_iter(&self.rows.parameters))
            .map_err(|error| self.error(error))?;
        let mut records = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.error(error))? {
            records.push(record(self.description, row)?);
        }
        Ok(records)
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
