//! The comparison of declared foreign keys with those of a table.

use crate::interface::postgres::schema::change::{Change, Difference, Remedy};
use crate::interface::postgres::schema::existing_table::ExistingTable;
use crate::interface::sql::schema::{Severity, TargetTable};

/// The differences of the foreign keys, and of the indexes for them.
///
/// They are warnings, since tables of other programs often have none. The framework deletes and clears the rows that refer to a
/// deleted row itself, with or without a foreign key. It relies on the foreign key for ids of rows that do not exist.
pub(super) fn differences(target: &TargetTable, table: &ExistingTable) -> Vec<Difference> {
    let mut differences = Vec::new();
    // A view has none, and a column that is missing has been reported.
    for key in target.foreign_keys.iter().filter(|_| table.kind.is_table()) {
        let Some(column) = table.column(key.name()) else {
            continue;
        };
        let mut warn = |remedy: Remedy, message: String| {
            differences.push(Difference {
                table: target.name,
                manager: key.manager,
                field: Some(key.field.name()),
                message,
                severity: Severity::Warning,
                remedy,
            });
        };
        let name = key.name();
        let mut existing = table.foreign_keys.iter();
        let existing =
            existing.find(|existing| existing.column == name && key.refers_to(&existing.table, &existing.to));
        match existing {
            None => warn(Remedy::Change(Change::AddForeignKey(*key)), key.missing()),
            Some(existing) if existing.on_delete != key.action() => {
                warn(Remedy::None, key.other_action(existing.on_delete))
            }
            Some(existing) if !existing.is_valid => warn(
                Remedy::Change(Change::ValidateForeignKey(existing.name.clone())),
                format!(
                    "the foreign key of the column `{name}` is NOT VALID: rows that were there before it may refer to no row"
                ),
            ),
            Some(_) => {}
        }
        if !table.is_indexed(column)
            && let Some(column) = target.columns().into_iter().find(|column| column.is_named(name))
        {
            warn(Remedy::CreateIndex(column), key.unindexed());
        }
    }
    differences
}
