//! The change of a column that a rebuild of its table makes.

use crate::interface::sql::schema::{self, TargetColumn};

/// SQLite can't change a column, so a new table gets the change and a copy of the rows. A rebuild for an error removes the
/// warnings too.
#[derive(Clone, Copy, Debug)]
pub(super) struct RebuiltColumn {
    pub(super) column: TargetColumn,
    pub(super) change: ColumnChange,
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
    /// It gets its foreign key.
    ForeignKey,
}

impl RebuiltColumn {
    /// The remedy of a difference that needs a rebuild.
    pub(super) fn remedy(column: TargetColumn, change: ColumnChange) -> Remedy {
        Remedy::Change(Self { column, change })
    }
}

pub(super) type Difference = schema::Difference<RebuiltColumn>;
pub(super) type Remedy = schema::Remedy<RebuiltColumn>;
