//! The comparison of declared foreign keys with those of a table.

use crate::interface::sql::schema::{ForeignKey, Remedy as SchemaRemedy, Severity, TargetTable};
use crate::interface::sqlite::schema::introspection::{ExistingTable, Kind};
use crate::interface::sqlite::schema::rebuilt_column::{ColumnChange, Difference, RebuiltColumn, Remedy};

/// The differences of the foreign keys, and of the indexes for them.
///
/// They are warnings, since tables of other programs often have none. The framework deletes and clears the rows that refer to a
/// deleted row itself, with or without a foreign key. It relies on the foreign key for ids of rows that do not exist.
pub(super) fn differences(target: &TargetTable, table: &ExistingTable) -> Vec<Difference> {
    let mut differences = Vec::new();
    // A view has none, and a column that is missing has been reported.
    let keys = target.foreign_keys.iter().filter(|_| table.kind == Kind::Table);
    for key in keys {
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
        let existing = existing.find(|existing| {
            let to = existing.to.as_deref().unwrap_or_default();
            existing.column.eq_ignore_ascii_case(name) && key.refers_to(&existing.table, to)
        });
        match existing {
            None => warn(add(target, key), key.missing()),
            Some(existing) if !has_action(&existing.on_delete, key) => {
                warn(SchemaRemedy::None, key.other_action(&existing.on_delete))
            }
            Some(_) => {}
        }
        if !table.is_indexed(column)
            && let Some(column) = target.columns().into_iter().find(|column| column.is_named(name))
        {
            warn(SchemaRemedy::CreateIndex(column), key.unindexed());
        }
    }
    differences
}

/// The rebuild of the table with the foreign key, which SQLite adds to no table that exists.
fn add(target: &TargetTable, key: &ForeignKey) -> Remedy {
    let mut columns = target.columns().into_iter();
    match columns.find(|column| column.is_named(key.name())) {
        Some(column) => RebuiltColumn::remedy(column, ColumnChange::ForeignKey),
        None => SchemaRemedy::None,
    }
}

/// Whether a deletion has this effect. `RESTRICT` differs from `NO ACTION` only inside of one statement.
fn has_action(on_delete: &str, key: &ForeignKey) -> bool {
    let on_delete = if on_delete.eq_ignore_ascii_case("RESTRICT") {
        "NO ACTION"
    } else {
        on_delete
    };
    on_delete.eq_ignore_ascii_case(key.action())
}
