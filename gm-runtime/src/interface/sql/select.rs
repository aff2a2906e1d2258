//! Statements that read.

use sea_query::{Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement};

use super::expressions::Dialect;
use super::lookup;
use super::paging::Paging;
use super::write::placeholder;
use crate::error::Error;
use crate::manager::Description;
use crate::query::{Direction, Select};

fn columns(description: &'static Description, table: &'static str) -> SelectStatement {
    Query::select()
        .columns(description.fields().iter().map(|field| field.column()))
        .from(table)
        .take()
}

/// The row of an id.
pub(crate) fn by_id(description: &'static Description, table: &'static str) -> SelectStatement {
    columns(description, table)
        .and_where(Expr::col(description.id_field().column()).eq(placeholder()))
        .take()
}

/// The rows that a query asks for.
pub(crate) fn all_by(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    paging: Option<Paging>,
    dialect: &dyn Dialect,
) -> Result<SelectStatement, Error> {
    let mut statement = columns(description, table);
    statement.and_where_option(lookup::conditions(description, select, dialect)?);
    for order in &select.ordering {
        let field = description.field(order.field);
        let direction = match order.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        if field.nullable() {
            statement.order_by_with_nulls(field.column(), direction, NullOrdering::Last);
        } else {
            // Where there is no null, not saying so lets an index give the order.
            statement.order_by(field.column(), direction);
        }
    }
    if !select
        .ordering
        .iter()
        .any(|order| order.field == description.id_index())
    {
        statement.order_by(description.id_field().column(), Order::Asc);
    }
    if let Some(paging) = paging {
        statement.limit(paging.limit).offset(paging.offset);
    }
    Ok(statement)
}

/// How many rows match a query.
pub(crate) fn count(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    dialect: &dyn Dialect,
) -> Result<SelectStatement, Error> {
    let mut statement = Query::select();
    statement
        .expr(Expr::cust("COUNT(*)"))
        .from(table)
        .and_where_option(lookup::conditions(description, select, dialect)?);
    Ok(statement)
}
