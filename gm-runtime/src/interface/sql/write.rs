//! Statements that write.

use sea_query::{DeleteStatement, Expr, ExprTrait, InsertStatement, Query, UpdateStatement};

use crate::manager::Description;

/// A value's place in a statement whose text alone is wanted: its values are given each time that it runs.
pub(super) fn placeholder() -> Expr {
    Expr::val(0_i64)
}

/// Adds a row of every field, in the description's order, but an id that the database assigns.
pub(crate) fn insert(description: &'static Description, table: &'static str) -> InsertStatement {
    let columns: Vec<_> = (0_u16..)
        .zip(description.fields())
        .filter(|(index, _)| !(description.id_assigned() && *index == description.id_index()))
        .map(|(_, field)| field.column())
        .collect();
    let mut statement = Query::insert();
    statement.into_table(table);
    if columns.is_empty() {
        statement.or_default_values();
    } else {
        let values = columns.iter().map(|_| placeholder()).collect::<Vec<_>>();
        statement.columns(columns).values_panic(values);
    }
    statement
}

/// Gives these fields of the row of an id new values: the fields' values in this order, then the id.
pub(crate) fn update(
    description: &'static Description,
    table: &'static str,
    fields: impl Iterator<Item = u16>,
) -> UpdateStatement {
    Query::update()
        .table(table)
        .values(fields.map(|field| (description.field(field).column(), placeholder())))
        .and_where(Expr::col(description.id_field().column()).eq(placeholder()))
        .take()
}

/// Removes the row of an id.
pub(crate) fn delete(description: &'static Description, table: &'static str) -> DeleteStatement {
    Query::delete()
        .from_table(table)
        .and_where(Expr::col(description.id_field().column()).eq(placeholder()))
        .take()
}
