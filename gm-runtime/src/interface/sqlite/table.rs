//! The table of one manager: its prepared statements, and reads of one row.

use std::sync::Arc;

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection};
use sea_query::SqliteQueryBuilder;

use super::encode::{MAX_DECIMAL_DIGITS, encode};
use super::error;
use super::lookup::SqliteExpressions;
use super::query::BuiltQuery;
use super::topics::TableTopic;
use crate::error::Error;
use crate::features::telemetry::TableMetrics;
use crate::field::{Value, ValueType};
use crate::interface::sql::{self, RowSink, with_row_id};
use crate::manager::{Description, Record, Records};
use crate::query::{ConditionTree, GroupBy, Lookup, Operand, Operator, Select};

/// The table of one manager, with the text of its constant statements.
pub(super) struct Table {
    description: &'static Description,
    name: &'static str,
    pub(super) get: String,
    pub(super) insert: String,
    pub(super) delete: String,
    topic: Arc<TableTopic>,
    pub(super) metrics: TableMetrics,
}

impl Table {
    pub(super) fn new(description: &'static Description, topic: Arc<TableTopic>) -> Result<Self, Error> {
        check_decimals(description)?;
        let name = topic.table();
        let expressions = SqliteExpressions::of(&Select::new());
        Ok(Self {
            description,
            name,
            get: sql::select_by_id(description, name, &expressions)
                .build(SqliteQueryBuilder)
                .0,
            insert: sql::insert(description, name).build(SqliteQueryBuilder).0,
            delete: sql::delete(description, name).build(SqliteQueryBuilder).0,
            topic,
            metrics: TableMetrics::new("sqlite", name),
        })
    }

    pub(super) fn description(&self) -> &'static Description {
        self.description
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The topic of the table's changes.
    pub(super) fn topic(&self) -> &TableTopic {
        &self.topic
    }

    /// Prepares the constant statements, so that SQLite reports at the start what it can't run. A view, for example, is
    /// writable only if it has the triggers for that.
    pub(super) fn prepare_all(&self, connection: &Connection) -> Result<(), Error> {
        for text in [&self.get, &self.insert, &self.delete] {
            connection
                .prepare_cached(text)
                .map_err(|error| error::unavailable(&error).unwrap_or_else(|| self.does_not_fit(&error)))?;
        }
        Ok(())
    }

    fn does_not_fit(&self, error: &rusqlite::Error) -> Error {
        let (table, manager) = (self.name, self.description.name());
        let reason = error.to_string();
        // The statement is one of either table of the foreign key, and only the message names both.
        Error::Configuration(if reason.contains("foreign key mismatch") {
            format!(
                "the table `{table}` of `{manager}` can't be written because of a foreign key: {reason}. The columns that it \
                 references must be unique together: add `UNIQUE (a, b)` to the referenced table for `REFERENCES .. (a, b)`"
            )
        } else {
            format!(
                "the table `{table}` does not fit `{manager}`: {reason}; a manager reads and writes a table, and anything else \
                 needs storage of its own (`.interface::<{manager}>(..)`)"
            )
        })
    }

    pub(super) fn get(&self, connection: &Connection, id: &Value) -> Result<Option<Record>, Error> {
        let mut rows = Records::new(self.description);
        self.get_into(connection, id, &mut rows)?;
        Ok(rows.into_first())
    }

    /// Reads the row of this id into the sink. Returns whether there is one.
    pub(super) fn get_into(
        &self,
        connection: &Connection,
        id: &Value,
        sink: &mut impl RowSink,
    ) -> Result<bool, Error> {
        let mut statement = self.prepare(connection, &self.get)?;
        let mut rows = statement
            .query([self.encode_id(id)?])
            .map_err(|error| self.error(error))?;
        match rows.next().map_err(|error| self.error(error))? {
            Some(row) => match sink.push(self.description, row) {
                Ok(()) => Ok(true),
                Err(error) => Err(with_row_id(self.description, row, error)),
            },
            None => Ok(false),
        }
    }

    /// Builds the SQL of a query.
    pub(super) fn build(&self, select: &Select) -> Result<BuiltQuery, Error> {
        BuiltQuery::new(self.description, self.name, select)
    }

    /// Builds the SQL of a query for the numbers of rows by the values of a field.
    pub(super) fn build_groups(&self, select: &Select, by: GroupBy) -> Result<BuiltQuery, Error> {
        BuiltQuery::groups(self.description, self.name, select, by)
    }

    /// Builds the SQL of a query for the row of this id, if the condition accepts the row.
    pub(super) fn build_row(&self, id: &Value, condition: Arc<ConditionTree>) -> Result<BuiltQuery, Error> {
        let mut select = Select::new();
        select.filters.push(exactly(self.description.id_index(), id));
        select.condition = Some(condition);
        self.build(&select)
    }

    pub(super) fn prepare<'c>(
        &self,
        connection: &'c Connection,
        text: &str,
    ) -> Result<CachedStatement<'c>, Error> {
        connection.prepare_cached(text).map_err(|error| self.error(error))
    }

    pub(super) fn encode_id<'v>(&self, id: &'v Value) -> Result<ToSqlOutput<'v>, Error> {
        self.encode(self.description.id_index(), id)
    }

    pub(super) fn encode<'v>(&self, field: u16, value: &'v Value) -> Result<ToSqlOutput<'v>, Error> {
        encode(self.description.field(field), value).map_err(|error| self.description.invalid(field, error))
    }

    pub(super) fn error(&self, error: rusqlite::Error) -> Error {
        error::of_statement(self.description, error)
    }
}

/// The lookup for rows with this value in the field.
pub(super) fn exactly(field: u16, value: &Value) -> Lookup {
    Lookup {
        field,
        operator: Operator::Exact,
        operand: Operand::Value(value.clone()),
    }
}

/// Refuses decimals that SQLite can't store exactly.
fn check_decimals(description: &'static Description) -> Result<(), Error> {
    for field in description.fields() {
        if field.value_type() != ValueType::Decimal {
            continue;
        }
        let problem = match field.decimal() {
            None => {
                "has no `max_digits` and `decimal_places`, which a decimal in a database needs".to_owned()
            }
            Some(digits) if digits.max_digits > MAX_DECIMAL_DIGITS => format!(
                "has {} digits; SQLite stores at most {MAX_DECIMAL_DIGITS} exactly",
                digits.max_digits
            ),
            Some(_) => continue,
        };
        return Err(Error::Configuration(format!(
            "`{}`.`{}` {problem}",
            description.name(),
            field.name()
        )));
    }
    Ok(())
}
