//! Columns that no field fills, and that have no default.

use crate::interface::postgres::schema::change::{Difference, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingColumn, ExistingTable};
use crate::interface::sql::schema::{Severity, TargetTable};
use crate::manager::{Description, Operation};

/// The columns that make every create of this manager fail.
pub(super) fn differences<'a>(
    target: &'a TargetTable,
    manager: &'static Description,
    table: &'a ExistingTable,
) -> impl Iterator<Item = Difference> + 'a {
    let creates = manager
        .api()
        .is_some_and(|api| api.operations().contains(Operation::Create));
    let is_empty = move |column: &&ExistingColumn| {
        let is_written = table.kind.is_table() && !column.is_generated && column.identity.is_none();
        is_written && column.is_not_null && column.default.is_none()
    };
    let fills = |manager: &Description, column: &ExistingColumn| {
        manager.fields().iter().any(|field| field.column() == column.name)
    };
    // A manager that shows a part of the rows may leave their creation to a manager of the whole rows.
    let is_unfilled = move |column: &&ExistingColumn| {
        let is_filled_by = |other: &&'static Description| fills(other, column);
        !fills(manager, column) && (creates || !target.managers.iter().any(is_filled_by))
    };
    let difference = move |column: &'a ExistingColumn| {
        let name = &column.name;
        // A trigger may fill it, and a manager that only reads works.
        let (severity, consequence) = if table.has_insert_trigger {
            (Severity::Warning, "every create fails unless a trigger fills it")
        } else if creates {
            (Severity::Error, "every create fails")
        } else {
            (Severity::Warning, "every create fails")
        };
        Difference {
            table: target.name,
            manager,
            field: None,
            message: format!(
                "the column `{name}` is NOT NULL and has no default, and no field fills it, so {consequence}: add a field, or give the \
                 column a default"
            ),
            severity,
            remedy: Remedy::None,
        }
    };
    let columns = table.columns.iter().filter(is_empty).filter(is_unfilled);
    columns.map(difference)
}
