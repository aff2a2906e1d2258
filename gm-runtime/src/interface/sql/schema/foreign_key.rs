//! The foreign keys of a table.

use crate::interface::sql::dialect::SqlDialect;
use crate::manager::{Description, FieldDescription, OnDelete};

/// A foreign key of one column, as a manager declares it by `references`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForeignKey {
    pub(crate) manager: &'static Description,
    pub(crate) field: &'static FieldDescription,
    /// The table of the other row.
    pub(crate) table: &'static str,
    /// The column of the other table, which is its manager's id.
    pub(crate) column: &'static str,
    pub(crate) on_delete: OnDelete,
}

impl ForeignKey {
    /// The name of the column.
    pub(crate) fn name(&self) -> &'static str {
        self.field.column()
    }

    /// Whether both refer to one column, with the same action.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.refers_to(other.table, other.column) && self.on_delete == other.on_delete
    }

    /// Whether this is the column that it refers to. Databases ignore ASCII case in names.
    pub(crate) fn refers_to(&self, table: &str, column: &str) -> bool {
        self.table.eq_ignore_ascii_case(table) && self.column.eq_ignore_ascii_case(column)
    }

    /// The field, for a message.
    pub(super) fn field_name(&self) -> String {
        format!("`{}`.`{}`", self.manager.name(), self.field.name())
    }

    /// What it declares, behind the name of the field.
    pub(super) fn describe(&self) -> String {
        let on_delete = match self.on_delete {
            OnDelete::Restrict => "restrict",
            OnDelete::Cascade => "cascade",
            OnDelete::SetNull => "set_null",
        };
        format!(
            "references `{}`.`{}` with `on_delete = {on_delete}`",
            self.table, self.column
        )
    }

    /// The difference of a column without the foreign key.
    pub(crate) fn missing(&self) -> String {
        format!(
            "the column `{}` has no foreign key, and the field {}: ids of rows that do not exist are accepted, and other \
             programs can delete rows that are referred to",
            self.name(),
            self.describe()
        )
    }

    /// The difference of a foreign key with another action of a deletion.
    pub(crate) fn other_action(&self, on_delete: &str) -> String {
        format!(
            "the foreign key of the column `{}` is ON DELETE {on_delete}, and the field {}: a deletion by another program has \
             another effect than one by the manager",
            self.name(),
            self.describe()
        )
    }

    /// The difference of a column without an index.
    pub(crate) fn unindexed(&self) -> String {
        format!(
            "no index begins with the column `{}`, so each deletion of a row of `{}` reads every row",
            self.name(),
            self.table
        )
    }

    /// The action of a deletion, in SQL.
    pub(crate) fn action(&self) -> &'static str {
        match self.on_delete {
            // Not `RESTRICT`, which refuses the deletion even if the same statement deletes the rows that refer to it.
            OnDelete::Restrict => "NO ACTION",
            OnDelete::Cascade => "CASCADE",
            OnDelete::SetNull => "SET NULL",
        }
    }

    /// `REFERENCES ..`, as a constraint of the column.
    pub(crate) fn references(&self, dialect: SqlDialect) -> String {
        let action = match self.on_delete {
            OnDelete::Restrict => String::new(),
            _ => format!(" ON DELETE {}", self.action()),
        };
        format!(
            "REFERENCES {} ({}){action}",
            dialect.quote(self.table),
            dialect.quote(self.column)
        )
    }

    /// `FOREIGN KEY ..`, as a constraint of the table.
    pub(crate) fn constraint(&self, dialect: SqlDialect) -> String {
        format!(
            "FOREIGN KEY ({}) {}",
            dialect.quote(self.name()),
            self.references(dialect)
        )
    }
}
