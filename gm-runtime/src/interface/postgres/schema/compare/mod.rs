//! Compares a table with the declarations of its managers.
//!
//! An error is a difference that makes statements fail, or a declaration of the struct untrue. It is found at the start,
//! because each request would fail for it later. A difference is a warning if only other programs can cause a failure, so
//! that their tables work.

mod collation;
mod column;
mod column_type;
mod comparison;
mod foreign_keys;
mod id;
mod indexes;
mod relation;
mod rights;
mod unfilled;

use self::comparison::Comparison;
use super::change::Difference;
use super::existing_table::{ExistingTable, Kind};
use crate::interface::sql::schema::{TargetColumn, TargetTable};

/// The differences, in the order of the structs. `role` uses the table.
pub(super) fn differences(target: &TargetTable, table: &ExistingTable, role: &str) -> Vec<Difference> {
    let mut differences = Vec::new();
    for manager in target.managers.iter().copied() {
        differences.extend(relation::differences(target.name, manager, table));
        if table.kind == Kind::Other {
            continue;
        }
        for column in TargetColumn::all_of(manager) {
            let mut comparison = Comparison {
                table: target.name,
                existing: table,
                target: column,
                differences: &mut differences,
                is_undecided: false,
            };
            match table.column(column.name()) {
                Some(existing) => comparison.column(existing),
                None => comparison.missing_column(),
            }
        }
        differences.extend(unfilled::differences(target, manager, table));
        differences.extend(rights::differences(target, manager, table, role));
    }
    differences.extend(foreign_keys::differences(target, table));
    differences
}
