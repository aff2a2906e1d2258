//! Names that Postgres refuses or distinguishes, and the other databases do not.

use super::target::TargetTable;
use super::target_column::TargetColumn;
use crate::error::Error;

/// The columns that each table of Postgres has by itself.
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

impl TargetTable {
    /// Refuses names that Postgres can't have, and names of one table or column in different case, which are two in Postgres.
    ///
    /// # Errors
    /// [`Error::Configuration`] with both managers.
    pub(crate) fn check_postgres_names(&self) -> Result<(), Error> {
        for manager in &self.managers {
            let name = manager.table().unwrap_or(self.name);
            if let (true, Some(first)) = (name != self.name, self.managers.first()) {
                return Err(Error::Configuration(format!(
                    "`{}` names the table `{}`, and `{}` names `{name}`: these are two tables in Postgres, which distinguishes \
                     the case of a name; write the same name in both managers",
                    first.name(),
                    self.name,
                    manager.name(),
                )));
            }
        }
        let mut known: Vec<TargetColumn> = Vec::new();
        for column in self.managers.iter().copied().flat_map(TargetColumn::all_of) {
            let field = format!("`{}`.`{}`", column.manager.name(), column.field.name());
            if SYSTEM_COLUMNS.contains(&column.name()) {
                return Err(Error::Configuration(format!(
                    "{field} is the column `{}`, a name that Postgres reserves for a column of its own: write another \
                     `#[field(column = \"..\")]`",
                    column.name()
                )));
            }
            match known.iter().find(|known| known.is_named(column.name())) {
                Some(other) if other.name() != column.name() => {
                    return Err(Error::Configuration(format!(
                        "`{}`.`{}` is the column `{}` of the table `{}`, and {field} is `{}`: these are two columns in Postgres, \
                         which distinguishes the case of a name; write the same name in both managers",
                        other.manager.name(),
                        other.field.name(),
                        other.name(),
                        self.name,
                        column.name(),
                    )));
                }
                Some(_) => {}
                None => known.push(column),
            }
        }
        Ok(())
    }
}
