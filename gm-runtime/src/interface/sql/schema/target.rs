//! The tables that managers declare.

use super::compatibility;
use super::kept_columns;
use super::target_column::TargetColumn;
use crate::error::Error;
use crate::manager::Description;

/// A table as its managers declare it. Several managers may share a table, such as a public and an internal view of it.
#[derive(Debug)]
pub(crate) struct TargetTable {
    pub(crate) name: &'static str,
    pub(crate) managers: Vec<&'static Description>,
}

impl TargetTable {
    /// The tables of these managers, in the order of their first mention.
    ///
    /// # Errors
    /// Managers that share a table but disagree on the values of a column.
    pub(crate) fn of(managers: impl IntoIterator<Item = &'static Description>) -> Result<Vec<Self>, Error> {
        let mut tables: Vec<Self> = Vec::new();
        for manager in managers {
            let Some(name) = manager.table() else { continue };
            // Databases ignore ASCII case here.
            match tables
                .iter_mut()
                .find(|table| table.name.eq_ignore_ascii_case(name))
            {
                Some(table) => table.managers.push(manager),
                None => tables.push(Self {
                    name,
                    managers: vec![manager],
                }),
            }
        }
        for table in &tables {
            compatibility::check(table.name, table.declarations())?;
            kept_columns::check(table.name, &table.managers)?;
        }
        Ok(tables)
    }

    /// Every column once, with the indexes that any manager declares.
    ///
    /// Where managers have different ids, one is the primary key, and the others are unique. The key is an id that the
    /// database assigns, if there is one.
    pub(crate) fn columns(&self) -> Vec<TargetColumn> {
        let mut columns: Vec<TargetColumn> = Vec::new();
        for declared in self.declarations() {
            match columns.iter_mut().find(|column| column.is_named(declared.name())) {
                Some(column) => {
                    column.id |= declared.id;
                    column.assigned |= declared.assigned;
                    column.unique |= declared.unique;
                    column.index |= declared.index;
                    column.places = column.places.or(declared.places);
                    // Each manager may write its longest value.
                    if declared.is_longer_than(column) {
                        (column.manager, column.field) = (declared.manager, declared.field);
                    }
                }
                None => columns.push(declared),
            }
        }
        let position = |matches: &dyn Fn(&TargetColumn) -> bool| columns.iter().position(matches);
        let key = position(&|column| column.assigned).or_else(|| position(&|column| column.id));
        for (index, column) in columns.iter_mut().enumerate() {
            let is_key = key == Some(index);
            column.unique = !is_key && (column.unique || column.id);
            column.index &= !is_key && !column.unique;
            column.id = is_key;
        }
        columns
    }

    /// The columns of every manager, so that a shared column occurs more than once.
    fn declarations(&self) -> impl Iterator<Item = TargetColumn> {
        self.managers.iter().copied().flat_map(TargetColumn::all_of)
    }
}
