//! Whether a column can identify rows.

use super::comparison::Comparison;
use crate::interface::sql::schema::TargetColumn;
use crate::interface::sqlite::schema::introspection::{ExistingColumn, ExistingTable, Kind};
use crate::interface::sqlite::schema::rebuilt_column::{ColumnChange, RebuiltColumn, Remedy};

impl Comparison<'_> {
    pub(super) fn id(&mut self, table: &ExistingTable, column: &ExistingColumn) {
        let name = &column.name;
        let target = self.target;
        if table.kind == Kind::Virtual {
            self.error(
                Remedy::None,
                format!(
                    "the column `{name}` is of a virtual table, in which nothing keeps an id unique; store the rows in a table, \
                     and let its triggers fill the virtual table"
                ),
            );
        } else if target.assigned && !column.is_rowid {
            let (is, remedy) = if table.kind == Kind::View {
                ("of a view", Remedy::None)
            } else {
                (
                    "not `INTEGER PRIMARY KEY`",
                    RebuiltColumn::remedy(target, ColumnChange::PrimaryKey),
                )
            };
            self.error(
                remedy,
                format!("the column `{name}` is {is}, so SQLite assigns no ids to new rows; an `i64` id is assigned"),
            );
        } else if target.assigned && !column.autoincrement {
            self.warning(
                RebuiltColumn::remedy(target, ColumnChange::Autoincrement),
                format!(
                    "the column `{name}` is not AUTOINCREMENT: SQLite reuses the id of the last row once that row is deleted, \
                     and a consumer may mistake the new row for the old one"
                ),
            );
        } else if table.kind == Kind::Table && !table.is_unique(column, target.field.value_type()) {
            self.error(
                Remedy::CreateIndex(TargetColumn {
                    unique: true,
                    ..target
                }),
                format!("the column `{name}` is neither the primary key nor unique, so several rows could have the same id"),
            );
        }
    }
}
