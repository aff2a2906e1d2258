//! Edits the statement of a table: replaces what differs, and leaves everything else as it is.

mod column_type;
mod constraints;
mod edited_statement;
mod mentions;

pub(super) use self::edited_statement::EditedStatement;
use super::conflict_clause;
use super::create_statement::Statement;
use super::decimal_places;
use super::introspection::ExistingTable;
use super::rebuilt_column::{ColumnChange, Difference, Remedy};
use crate::interface::sql::schema::{TargetColumn, TargetTable};

/// Applies the changes that the differences need.
///
/// # Errors
/// The reason why something would be lost.
pub(super) fn edit_statement<'a>(
    target: &'a TargetTable,
    table: &'a ExistingTable,
    statement: Statement<'a>,
    differences: &[Difference],
) -> Result<EditedStatement<'a>, String> {
    let mut edited = EditedStatement::unchanged(target, table, statement);
    let changes = |column: &TargetColumn, change| {
        differences.iter().any(|difference| match difference.remedy {
            Remedy::Change(needed) => needed.change == change && needed.column.is_named(column.name()),
            _ => false,
        })
    };
    for column in target.columns() {
        let Some(old) = table.column(column.name()) else {
            continue;
        };
        if changes(&column, ColumnChange::Conflict) {
            conflict_clause::remove(&mut edited.statement, column.name());
        }
        if changes(&column, ColumnChange::PrimaryKey) {
            edited.change_key(&column)?;
            if !changes(&column, ColumnChange::Type) {
                edited.check_lossless(column.name(), "INTEGER");
            }
        } else if changes(&column, ColumnChange::Autoincrement) {
            edited.add_autoincrement(&column)?;
        }
        if changes(&column, ColumnChange::Collation) {
            edited.change_collation(&column, old)?;
        }
        if changes(&column, ColumnChange::Type) {
            edited.change_type(&column, old)?;
        } else if column.places.is_some() && old.places.is_none() {
            // The rebuild also removes the warning about unrecorded places. The values are copied as they are.
            decimal_places::copy_expression(target, &column, old, &mut edited.comments);
            edited.record_places(&column)?;
        }
        if changes(&column, ColumnChange::Nullability) {
            edited.change_nullability(&column, old)?;
        }
        if changes(&column, ColumnChange::ForeignKey) {
            edited.add_foreign_key(&column);
        }
    }
    Ok(edited)
}
