//! Columns that no field fills, and whose default or null the table refuses.

use crate::interface::sql::schema::{Severity, TargetTable};
use crate::interface::sqlite::schema::introspection::{ExistingColumn, ExistingTable, Kind};
use crate::interface::sqlite::schema::omitted_value::omitted_value_error;
use crate::interface::sqlite::schema::rebuilt_column::{Difference, Remedy};
use crate::manager::{Description, Operation};

/// The columns that make every create of this manager fail.
pub(super) fn unfilled<'a>(
    target: &'a TargetTable,
    manager: &'static Description,
    table: &'a ExistingTable,
) -> impl Iterator<Item = Difference> + 'a {
    let creates = manager
        .api()
        .is_some_and(|api| api.operations().contains(Operation::Create));
    let is_written =
        |column: &&ExistingColumn| table.kind == Kind::Table && !column.generated && !column.is_rowid;
    let fills = |manager: &Description, column: &ExistingColumn| {
        manager
            .fields()
            .iter()
            .any(|field| field.column().eq_ignore_ascii_case(&column.name))
    };
    // A manager that shows a part of the rows may leave their creation to a manager of the whole rows.
    let is_unfilled = move |column: &&ExistingColumn| {
        let is_filled_by = |other: &&'static Description| fills(other, column);
        !fills(manager, column) && (creates || !target.managers.iter().any(is_filled_by))
    };
    let difference = move |column: &'a ExistingColumn| {
        let problem = match &column.default {
            None if column.not_null => "is NOT NULL and has no default".to_owned(),
            None => format!("can't hold null ({})", omitted_value_error(table, column)?),
            Some(_) => format!("can't hold its default ({})", omitted_value_error(table, column)?),
        };
        Some(Difference {
            table: target.name,
            manager,
            field: None,
            message: format!(
                "the column `{}` {problem}, and no field fills it, so every create fails: add a field, or give the column a \
                 default that it can hold",
                column.name
            ),
            // A manager that only reads works.
            severity: if creates {
                Severity::Error
            } else {
                Severity::Warning
            },
            remedy: Remedy::None,
        })
    };
    let unfilled = table.columns.iter().filter(is_written).filter(is_unfilled);
    unfilled.filter_map(difference)
}
