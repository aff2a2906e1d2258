//! `SELECT` of the numbers of rows by the values of a field.

use sea_query::{Expr, Query, SelectStatement};

use super::expressions::Expressions;
use super::row::DatabaseRow;
use super::row_sink::RowSink;
use super::where_clause;
use crate::error::Error;
use crate::field::Value;
use crate::manager::Description;
use crate::query::{GroupBy, GroupCounter, Select};

/// Selects the values of a field, and the number of matching rows with each. One more than the limit allows, to tell whether there
/// are too many.
pub(crate) fn select_groups(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    by: GroupBy,
    expressions: &dyn Expressions,
) -> Result<SelectStatement, Error> {
    let condition = where_clause::conditions(description, select, expressions)?;
    let value = expressions.grouped_column(description.field(by.field));
    let most = by.max_groups.saturating_add(1).min(i64::MAX.unsigned_abs());
    Ok(Query::select()
        .expr(value.clone())
        .expr(Expr::cust("COUNT(*)"))
        .from(table)
        .and_where_option(condition)
        .add_group_by([value])
        .limit(most)
        .take())
}

impl GroupCounter {
    /// Counts the rows of a group: the value is the first column, and the number the second one.
    pub(crate) fn add_group(
        &mut self,
        description: &'static Description,
        row: &impl DatabaseRow,
        rows: u64,
    ) -> Result<(), Error> {
        match row.column_at(description, 0, self.field()).map(Value::from) {
            Ok(value) => self.add(value, rows),
            Err(error) => self.omit(error, rows),
        }
    }
}

/// Counts whole rows, where the database does not evaluate the query alone.
impl RowSink for GroupCounter {
    fn push(&mut self, description: &'static Description, row: &impl DatabaseRow) -> Result<(), Error> {
        let value = row.column(description, self.field())?.into();
        self.add(value, 1)
    }

    fn omit(&mut self, unreadable: Error) -> Result<(), Error> {
        self.omit(unreadable, 1)
    }
}
