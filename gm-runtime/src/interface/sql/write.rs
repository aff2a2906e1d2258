//! `INSERT`, `UPDATE` and `DELETE`.

use sea_query::{DeleteStatement, Expr, ExprTrait, InsertStatement, Query, UpdateStatement};

use crate::manager::Description;

/// A parameter of a statement whose text is prepared once. Its value is bound at each execution.
pub(super) fn placeholder() -> Expr {
    Expr::val(0_i64)
}

/// Inserts a row. The parameters are all fields in the order of the description, without an id that the database assigns.
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

/// Updates fields of one row. The parameters are the fields' values in this order, then the id.
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

/// Deletes one row. The parameter is its id.
pub(crate) fn delete(description: &'static Description, table: &'static str) -> DeleteStatement {
    Query::delete()
        .from_table(table)
        .and_where(Expr::col(description.id_field().column()).eq(placeholder()))
        .take()
}
