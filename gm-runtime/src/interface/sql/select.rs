//! `SELECT` of one row, of a query's rows, and of their count.

use sea_query::{Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement};

use super::cursor;
use super::expressions::Expressions;
use super::paging::Paging;
use super::where_clause;
use super::write::placeholder;
use crate::error::Error;
use crate::manager::Description;
use crate::query::{Direction, Select};

/// `SELECT` of every field's column, in the order of the description.
fn select_columns(
    description: &'static Description,
    table: &'static str,
    expressions: &dyn Expressions,
) -> SelectStatement {
    let mut statement = Query::select();
    for field in description.fields() {
        let column = field.column();
        match expressions.selected_column(field) {
            Some(expression) => statement.expr_as(expression, column),
            None => statement.column(column),
        };
    }
    statement.from(table).take()
}

/// Selects one row. The parameter is its id.
pub(crate) fn select_by_id(
    description: &'static Description,
    table: &'static str,
    expressions: &dyn Expressions,
) -> SelectStatement {
    select_columns(description, table, expressions)
        .and_where(Expr::col(description.id_field().column()).eq(placeholder()))
        .take()
}

/// Selects the rows of a query.
pub(crate) fn select_rows(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    paging: Option<Paging>,
    expressions: &dyn Expressions,
) -> Result<SelectStatement, Error> {
    let condition = where_clause::conditions(description, select, expressions)?;
    select_where(description, table, select, condition, paging, expressions)
}

/// Selects the rows that meet a condition and are behind the cursor of a query, in its order.
pub(super) fn select_where(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    condition: Option<Expr>,
    paging: Option<Paging>,
    expressions: &dyn Expressions,
) -> Result<SelectStatement, Error> {
    let mut statement = select_columns(description, table, expressions);
    statement.and_where_option(condition);
    if let Some(position) = select.position() {
        statement.and_where_option(cursor::behind(description, position, expressions)?);
    }
    order(&mut statement, description, select, expressions);
    if let Some(paging) = paging {
        statement.limit(paging.fetched()).offset(paging.offset);
    }
    Ok(statement)
}

/// Orders rows as a query says, and rows that are equal in this by their id.
pub(super) fn order(
    statement: &mut SelectStatement,
    description: &'static Description,
    select: &Select,
    expressions: &dyn Expressions,
) {
    for order in &select.ordering {
        let field = description.field(order.field);
        let column = expressions.ordered_column(field);
        let direction = match order.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        if field.nullable() {
            statement.order_by_expr_with_nulls(column, direction, NullOrdering::Last);
        } else {
            // Without `NULLS LAST`, an index can provide the order.
            statement.order_by_expr(column, direction);
        }
    }
    let id = description.id_index();
    if !select.ordering.iter().any(|order| order.field == id) {
        statement.order_by_expr(expressions.ordered_column(description.id_field()), Order::Asc);
    }
}

/// Counts the rows that match a query.
pub(crate) fn count(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    expressions: &dyn Expressions,
) -> Result<SelectStatement, Error> {
    let condition = where_clause::conditions(description, select, expressions)?;
    Ok(Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from(table)
        .and_where_option(condition)
        .take())
}
