//! Differences between a table and the declarations of its managers.

use std::fmt;

use crate::interface::sql::schema::TargetColumn;
use crate::manager::Description;

/// One difference.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) table: &'static str,
    pub(super) manager: &'static Description,
    pub(super) field: Option<&'static str>,
    /// What exists, what the manager declares, and the consequence.
    pub(super) message: String,
    pub(super) severity: Severity,
    pub(super) remedy: Remedy,
}

/// Whether the manager can use the table as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// Statements would fail, or a declaration would not hold.
    Error,
    /// The table works, unless other programs store what its definition allows and the manager can't read.
    Warning,
}

/// The statement that removes a difference.
#[derive(Clone, Copy, Debug)]
pub(super) enum Remedy {
    AddColumn(TargetColumn),
    CreateIndex(TargetColumn),
    /// SQLite can't change a column, so a new table gets the change and a copy of the rows. A warning alone causes no
    /// rebuild, and a rebuild removes it.
    Rebuild(TargetColumn, ColumnChange),
    /// A person has to decide.
    None,
}

/// A change of a column by a rebuild of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnChange {
    /// Its type, and the constraint that records its decimal places.
    Type,
    /// Whether it is nullable.
    Nullability,
    /// Its collation, which becomes `BINARY`.
    Collation,
    /// It becomes the `INTEGER PRIMARY KEY`.
    PrimaryKey,
    /// It is the `INTEGER PRIMARY KEY`, and gets AUTOINCREMENT.
    Autoincrement,
    /// Its constraints lose `ON CONFLICT REPLACE`.
    Conflict,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.manager.name())?;
        if let Some(field) = self.field {
            write!(f, ".`{field}`")?;
        }
        write!(f, " in the table `{}`: {}", self.table, self.message)
    }
}
