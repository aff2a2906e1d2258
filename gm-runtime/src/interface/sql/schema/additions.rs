//! The columns and indexes to add to a table.

use super::difference::{Difference, Remedy};
use super::target::TargetTable;
use super::target_column::TargetColumn;

/// The columns and indexes that a table lacks.
#[derive(Default)]
pub(crate) struct Additions {
    pub(crate) columns: Vec<TargetColumn>,
    /// The columns that need an index.
    pub(crate) indexes: Vec<TargetColumn>,
}

impl Additions {
    pub(crate) fn of<C>(target: &TargetTable, differences: &[Difference<C>]) -> Self {
        let mut additions = Self::default();
        let all = target.columns();
        for difference in differences {
            match difference.remedy {
                Remedy::AddColumn(column) => {
                    // The declarations of all managers of the table together.
                    let merged = all.iter().find(|known| known.is_named(column.name()));
                    let column = merged.copied().unwrap_or(column);
                    // A primary key can't be added, which another difference reports.
                    if !column.id {
                        add_once(&mut additions.columns, column);
                    }
                }
                Remedy::CreateIndex(column) => add_once(&mut additions.indexes, column),
                Remedy::Change(_) | Remedy::None => {}
            }
        }
        for column in &additions.columns {
            if column.unique || column.index {
                add_once(&mut additions.indexes, *column);
            }
        }
        additions
    }
}

/// Adds a column unless another manager of the table already added it.
fn add_once(columns: &mut Vec<TargetColumn>, column: TargetColumn) {
    match columns.iter_mut().find(|known| known.is_named(column.name())) {
        Some(known) => known.unique |= column.unique,
        None => columns.push(column),
    }
}
