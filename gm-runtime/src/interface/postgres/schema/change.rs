//! The changes of a table that remove a difference.

use crate::interface::sql::schema::{self, ForeignKey, TargetColumn};

/// A change of a table, which a statement makes.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// `ALTER COLUMN` of this column.
    Column(TargetColumn, ColumnChange),
    /// An index, quoted, which was not built completely, is built again.
    Reindex(String),
    /// The table gets this foreign key.
    AddForeignKey(ForeignKey),
    /// The rows are checked that were there before a foreign key, quoted.
    ValidateForeignKey(String),
    /// The role gets this right on the table.
    Grant(&'static str),
    /// The role gets the right to use this sequence, quoted.
    GrantSequence(String),
}

/// A change of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnChange {
    /// Its type, and its collation.
    Type(Conversion),
    DropNotNull,
    /// Rows with null get a value first.
    SetNotNull,
    /// It becomes an identity column, whose numbers begin above those of the rows. The flag says whether it has a default.
    AddIdentity {
        has_default: bool,
    },
    /// Its sequence, quoted, goes on behind the greatest id.
    SetSequence(String),
    /// It is an identity column, and accepts the values of the manager.
    IdentityByDefault,
}

/// How the values of a column get another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conversion {
    /// The expression behind `USING`, if there is no implicit conversion.
    pub(super) using: Option<String>,
    /// The column's default, which is converted in the same way.
    pub(super) default: Option<String>,
    /// Whether a local time becomes an instant.
    pub(super) is_from_local_time: bool,
    pub(super) cost: Cost,
    /// What a person must know of the values.
    pub(super) note: Option<&'static str>,
}

impl Conversion {
    /// A conversion that Postgres knows by itself, and that keeps each value.
    pub(super) fn implicit(cost: Cost) -> Self {
        Self {
            using: None,
            default: None,
            is_from_local_time: false,
            cost,
            note: None,
        }
    }
}

/// How long the table is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Only the catalogs change.
    Catalog,
    /// The indexes of the column are built again.
    Indexes,
    /// Every row is written again, and all indexes are built again.
    Rewrite,
}

pub(super) type Difference = schema::Difference<Change>;
pub(super) type Remedy = schema::Remedy<Change>;
