//! `SELECT` of a page with the number of rows on all pages.

use sea_query::{Expr, JoinType, Query, SelectStatement};

use super::expressions::Expressions;
use super::paging::Paging;
use super::select::{order, select_where};
use super::where_clause;
use crate::error::Error;
use crate::manager::Description;
use crate::query::Select;

/// The column with the number of matching rows.
const TOTAL: &str = "gm total";
/// The column that is null if there is no row.
const MARKER: &str = "gm row";

/// Selects the rows of a page, each with two columns more: the number of rows that match on all pages, and a marker. An empty page
/// is one row whose marker is null.
///
/// One statement has one snapshot. The page is a subselect, so that an empty page has a total too.
pub(crate) fn select_page_with_count(
    description: &'static Description,
    table: &'static str,
    select: &Select,
    paging: Paging,
    expressions: &dyn Expressions,
) -> Result<SelectStatement, Error> {
    // Both subselects have the same parameters.
    let condition = where_clause::conditions(description, select, expressions)?;
    let mut rows = select_where(
        description,
        table,
        select,
        condition.clone(),
        Some(paging),
        expressions,
    )?;
    rows.expr_as(Expr::cust("TRUE"), MARKER);
    let total = Query::select()
        .expr_as(Expr::cust("COUNT(*)"), TOTAL)
        .from(table)
        .and_where_option(condition)
        .take();
    let mut statement = Query::select();
    statement
        .columns(description.fields().iter().map(|field| ("page", field.column())))
        .columns([("total", TOTAL), ("page", MARKER)])
        .from_subquery(total, "total")
        .join_subquery(JoinType::LeftJoin, rows, "page", Expr::cust("TRUE"));
    // The order of a subselect is lost.
    order(&mut statement, description, select, expressions);
    Ok(statement)
}
