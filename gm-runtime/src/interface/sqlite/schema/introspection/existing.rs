//! A table as it exists in the file.

use crate::field::ValueType;

/// A table in the file.
#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct ExistingTable {
    pub(in crate::interface::sqlite::schema) kind: Kind,
    pub(in crate::interface::sqlite::schema) strict: bool,
    pub(in crate::interface::sqlite::schema) without_rowid: bool,
    pub(in crate::interface::sqlite::schema) columns: Vec<ExistingColumn>,
    pub(in crate::interface::sqlite::schema) indexes: Vec<ExistingIndex>,
    /// The foreign keys of one column.
    pub(in crate::interface::sqlite::schema) foreign_keys: Vec<ExistingForeignKey>,
    /// The statement that created it.
    pub(in crate::interface::sqlite::schema) statement: String,
    /// Its triggers, and the indexes that have a statement of their own.
    pub(in crate::interface::sqlite::schema) dependents: Vec<Dependent>,
}

/// A trigger or an index of a table.
#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct Dependent {
    pub(in crate::interface::sqlite::schema) name: String,
    pub(in crate::interface::sqlite::schema) is_trigger: bool,
    /// The statement that created it.
    pub(in crate::interface::sqlite::schema) statement: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interface::sqlite::schema) enum Kind {
    Table,
    /// SQLite knows the columns' names, and not their constraints.
    View,
    /// A module such as FTS5 decides what happens to the values.
    Virtual,
}

#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct ExistingColumn {
    pub(in crate::interface::sqlite::schema) name: String,
    /// The type in the statement. SQLite accepts any words.
    pub(in crate::interface::sqlite::schema) declared_type: String,
    pub(in crate::interface::sqlite::schema) not_null: bool,
    pub(in crate::interface::sqlite::schema) default: Option<String>,
    pub(in crate::interface::sqlite::schema) in_key: bool,
    pub(in crate::interface::sqlite::schema) generated: bool,
    /// Whether it is an alias of the rowid, which SQLite assigns.
    pub(in crate::interface::sqlite::schema) is_rowid: bool,
    pub(in crate::interface::sqlite::schema) autoincrement: bool,
    pub(in crate::interface::sqlite::schema) collation: String,
    /// The decimal places, if a constraint records them.
    pub(in crate::interface::sqlite::schema) places: Option<u32>,
    /// Whether its primary key or unique constraint says `ON CONFLICT REPLACE`.
    pub(in crate::interface::sqlite::schema) replaces: bool,
}

#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct ExistingIndex {
    pub(in crate::interface::sqlite::schema) name: String,
    pub(in crate::interface::sqlite::schema) unique: bool,
    pub(in crate::interface::sqlite::schema) partial: bool,
    /// `c` for `CREATE INDEX`, `u` for `UNIQUE`, `pk` for `PRIMARY KEY`.
    pub(in crate::interface::sqlite::schema) origin: String,
    /// The columns and their collations. An expression has no name.
    pub(in crate::interface::sqlite::schema) columns: Vec<(Option<String>, String)>,
}

/// A foreign key of one column.
#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct ExistingForeignKey {
    pub(in crate::interface::sqlite::schema) column: String,
    /// The table that it refers to.
    pub(in crate::interface::sqlite::schema) table: String,
    /// The column of that table. `None` if the table is missing or has no primary key of one column.
    pub(in crate::interface::sqlite::schema) to: Option<String>,
    /// The action of a deletion, in SQL.
    pub(in crate::interface::sqlite::schema) on_delete: String,
}

impl ExistingTable {
    pub(in crate::interface::sqlite::schema) fn column(&self, name: &str) -> Option<&ExistingColumn> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether no two rows have the same value in this column, except null.
    ///
    /// Texts are the same by the column's own collation. An index with another collation, such as `NOCASE`, refuses more.
    pub(in crate::interface::sqlite::schema) fn is_unique(
        &self,
        column: &ExistingColumn,
        value_type: ValueType,
    ) -> bool {
        let has_own_collation = |collation: &str| {
            value_type != ValueType::Text || collation.eq_ignore_ascii_case(&column.collation)
        };
        column.is_rowid
            || self.indexes.iter().any(|index| match index.columns.as_slice() {
                [(Some(only), collation)] => {
                    index.unique && !index.partial && *only == column.name && has_own_collation(collation)
                }
                _ => false,
            })
    }

    /// Whether a foreign key can refer to the column of this name.
    pub(in crate::interface::sqlite::schema) fn has_key(&self, name: &str) -> bool {
        let column = self.column(name).filter(|_| self.kind == Kind::Table);
        // Of any type, the index has the column's own collation.
        column.is_some_and(|column| self.is_unique(column, ValueType::Text))
    }

    /// Whether a lookup by this column can use an index.
    pub(in crate::interface::sqlite::schema) fn is_indexed(&self, column: &ExistingColumn) -> bool {
        column.is_rowid
            || self.indexes.iter().any(|index| match index.columns.first() {
                Some((Some(first), collation)) => {
                    !index.partial
                        && *first == column.name
                        && collation.eq_ignore_ascii_case(&column.collation)
                }
                _ => false,
            })
    }
}
