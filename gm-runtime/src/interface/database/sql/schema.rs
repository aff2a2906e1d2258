//! Tables for development.

use sea_query::{ColumnDef, Table, TableCreateStatement};

use super::Dialect;
use crate::manager::Description;

/// Makes the manager's table where there is none. A table that is there is left as it is.
pub(crate) fn create_table(
    description: &'static Description,
    table: &'static str,
    dialect: &dyn Dialect,
) -> TableCreateStatement {
    let mut statement = Table::create();
    statement
        .table(table)
        .if_not_exists()
        .extra(dialect.table_options());
    for (index, field) in (0_u16..).zip(description.fields()) {
        let mut column = ColumnDef::new(field.column());
        column.custom(dialect.column_type(field));
        if !field.nullable() {
            column.not_null();
        }
        if index == description.id_index() {
            column.primary_key();
            if description.id_assigned() {
                // Without it the id of the last row would be given again once that row is deleted.
                column.auto_increment();
            }
        }
        statement.col(&mut column);
    }
    statement
}
