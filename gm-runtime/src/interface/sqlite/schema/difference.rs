//! What differs between a table and what a manager wants of it.

use std::fmt;

use crate::interface::sql::schema::WantedColumn;
use crate::manager::Description;

/// One difference, in words.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) table: &'static str,
    pub(super) manager: &'static Description,
    pub(super) field: Option<&'static str>,
    /// What is there, what is wanted, and what comes of it.
    pub(super) words: String,
    pub(super) weight: Weight,
    pub(super) remedy: Remedy,
}

/// Whether the manager can work with the table as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Statements would fail, or what was declared would not be so.
    Refused,
    /// It works, unless others do what the table's definition lets them do.
    Warned,
}

/// What brings the table in line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Remedy {
    AddColumn(WantedColumn),
    CreateIndex(WantedColumn),
    /// SQLite can't change a column: a table is made in which this is different, and the rows are copied.
    /// Not for what is only a warning, which ends where the table is made anew for something else.
    Rebuild(WantedColumn, Change),
    /// Somebody has to decide.
    None,
}

/// What is different in a column of a table that is rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Its type, with what it says of decimals.
    Type,
    /// Whether it may be null.
    Null,
    /// Its collation, which becomes `BINARY`.
    Collation,
    /// It becomes the `INTEGER PRIMARY KEY`.
    Key,
    /// It is that, and says AUTOINCREMENT.
    Autoincrement,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.manager.name())?;
        if let Some(field) = self.field {
            write!(f, ".`{field}`")?;
        }
        write!(f, " in the table `{}`: {}", self.table, self.words)
    }
}
