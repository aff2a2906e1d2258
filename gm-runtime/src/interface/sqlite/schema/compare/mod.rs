//! Compares a table with the declarations of its managers.
//!
//! An error is a difference that makes statements fail, or a declaration of the struct untrue. It is found at the start,
//! because each request would fail for it later. A difference is a warning if only other programs can cause a failure, so
//! that their tables work.

mod column;
mod comparison;
mod foreign_key;
mod id;
mod unfilled;

use self::comparison::Comparison;
use self::unfilled::unfilled;
use super::decimal_places;
use super::introspection::ExistingTable;
use super::rebuilt_column::Difference;
use crate::interface::sql::schema::{TargetColumn, TargetTable};

/// The differences, in the order of the structs.
pub(super) fn differences(target: &TargetTable, table: &ExistingTable) -> Vec<Difference> {
    let (mut differences, mut unrecorded_places) = (Vec::new(), Vec::new());
    for manager in &target.managers {
        for column in TargetColumn::all_of(manager) {
            let mut comparison = Comparison {
                table: target.name,
                target: column,
                differences: &mut differences,
                unrecorded_places: &mut unrecorded_places,
            };
            match table.column(column.name()) {
                Some(existing) => comparison.column(table, existing),
                None => comparison.missing_column(table),
            }
        }
        differences.extend(unfilled(target, manager, table));
    }
    differences.extend(foreign_key::differences(target, table));
    differences.extend(decimal_places::unrecorded(target, &unrecorded_places));
    differences
}
