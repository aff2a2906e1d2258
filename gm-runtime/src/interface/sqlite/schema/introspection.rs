//! What is in the file.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Result};

use super::places_constraint::said_places;
use crate::field::ValueType;
use crate::interface::sql::schema::Names;
use crate::interface::sqlite::side_effects::text;

/// A table that is there.
#[derive(Debug)]
pub(super) struct FoundTable {
    pub(super) kind: Kind,
    pub(super) strict: bool,
    pub(super) without_rowid: bool,
    pub(super) columns: Vec<FoundColumn>,
    pub(super) indexes: Vec<FoundIndex>,
    /// The statement that made it.
    pub(super) statement: String,
    /// Its triggers, and its indexes that are not part of that statement.
    pub(super) belongings: Vec<Belonging>,
}

/// A trigger or an index of a table.
#[derive(Debug)]
pub(super) struct Belonging {
    pub(super) name: String,
    pub(super) is_trigger: bool,
    /// The statement that made it.
    pub(super) statement: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    /// SQLite knows the names of its columns, and little else.
    View,
    /// Of a module, such as FTS5. What it does with its values is the module's.
    Virtual,
}

#[derive(Debug)]
pub(super) struct FoundColumn {
    pub(super) name: String,
    /// The type as it was declared; SQLite takes any words for one.
    pub(super) declared: String,
    pub(super) not_null: bool,
    pub(super) default: Option<String>,
    pub(super) in_key: bool,
    pub(super) generated: bool,
    /// Whether it is another name of the row's number, which SQLite gives.
    pub(super) row_number: bool,
    /// Whether that number is never given twice.
    pub(super) autoincrement: bool,
    pub(super) collation: String,
    /// The places of its decimals, where the statement that made the table says them.
    pub(super) places: Option<u32>,
}

#[derive(Debug)]
pub(super) struct FoundIndex {
    pub(super) name: String,
    pub(super) unique: bool,
    pub(super) partial: bool,
    /// `c` for `CREATE INDEX`, `u` for `UNIQUE`, `pk` for `PRIMARY KEY`.
    pub(super) origin: String,
    /// The columns and their collations; without a name where it is an expression.
    pub(super) columns: Vec<(Option<String>, String)>,
}

impl FoundTable {
    /// The table of this name, if there is one.
    pub(super) fn read(connection: &Connection, name: &str) -> Result<Option<Self>> {
        let listed = connection
            .query_row(
                "SELECT type, wr, strict FROM pragma_table_list(?1) WHERE schema = 'main'",
                [name],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get(2)?)),
            )
            .optional()?;
        let Some((kind, without_rowid, strict)) = listed else {
            return Ok(None);
        };
        let kind = match kind.as_str() {
            "table" => Kind::Table,
            "virtual" => Kind::Virtual,
            _ => Kind::View,
        };
        let indexes = indexes(connection, name)?;
        let mut columns = if kind == Kind::Table {
            let has_key_index = indexes.iter().any(|index| index.origin == "pk");
            columns(connection, name, !without_rowid && !has_key_index)?
        } else {
            columns_of_view(connection, name)?
        };
        let made = "SELECT coalesce(sql, '') FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')";
        let statement = connection.query_row(made, [name], |row| text(row, 0))?;
        for (name, places) in said_places(&statement) {
            let mut named = columns.iter_mut();
            if let Some(column) = named.find(|column| column.name.eq_ignore_ascii_case(&name)) {
                column.places.get_or_insert(places);
            }
        }
        let belongings = "SELECT name, type = 'trigger', sql FROM sqlite_schema
             WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL";
        let belongings = connection
            .prepare(belongings)?
            .query_map([name], |row| {
                Ok(Belonging {
                    name: text(row, 0)?,
                    is_trigger: row.get(1)?,
                    statement: text(row, 2)?,
                })
            })?
            .collect::<Result<_>>()?;
        Ok(Some(Self {
            kind,
            strict,
            without_rowid,
            columns,
            indexes,
            statement,
            belongings,
        }))
    }

    pub(super) fn column(&self, name: &str) -> Option<&FoundColumn> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether no two rows have the same value in this column, null aside. Text counts as the same where the column's own
    /// collation says so: an index of another one, such as `NOCASE`, refuses more.
    pub(super) fn is_unique(&self, column: &FoundColumn, value_type: ValueType) -> bool {
        let by_the_column = |collation: &str| {
            value_type != ValueType::Text || collation.eq_ignore_ascii_case(&column.collation)
        };
        column.row_number
            || self.indexes.iter().any(|index| match index.columns.as_slice() {
                [(Some(only), collation)] => {
                    index.unique && !index.partial && *only == column.name && by_the_column(collation)
                }
                _ => false,
            })
    }

    /// Whether rows are found by this column's value without reading the table.
    pub(super) fn is_indexed(&self, column: &FoundColumn) -> bool {
        column.row_number
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

/// The names that are taken in the file.
pub(super) fn names(connection: &Connection) -> Result<Names> {
    connection
        .prepare("SELECT name FROM sqlite_schema")?
        .query_map([], |row| text(row, 0))?
        .collect()
}

fn columns(connection: &Connection, table: &str, may_be_row_number: bool) -> Result<Vec<FoundColumn>> {
    let mut statement = connection
        .prepare("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1)")?;
    let mut columns = statement
        .query_map([table], |row| {
            Ok(FoundColumn {
                name: row.get(0)?,
                declared: row.get(1)?,
                not_null: row.get(2)?,
                default: match row.get_ref(3)? {
                    ValueRef::Null => None,
                    _ => Some(text(row, 3)?),
                },
                in_key: row.get::<_, i64>(4)? > 0,
                // 2 and 3 are computed, when read and when written.
                generated: row.get::<_, i64>(5)? > 1,
                row_number: false,
                autoincrement: false,
                collation: String::new(),
                places: None,
            })
        })?
        .collect::<Result<Vec<_>>>()?;
    for column in &mut columns {
        let (_, collation, _, _, autoincrement) =
            connection.column_metadata(Some("main"), table, column.name.as_str())?;
        column.autoincrement = autoincrement;
        column.collation =
            collation.map_or_else(|| "BINARY".to_owned(), |name| name.to_string_lossy().into_owned());
    }
    // A key that has no index is the row's number.
    if may_be_row_number {
        for column in columns.iter_mut().filter(|column| column.in_key) {
            column.row_number = true;
        }
    }
    Ok(columns)
}

fn columns_of_view(connection: &Connection, view: &str) -> Result<Vec<FoundColumn>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_xinfo(?1)")?
        .query_map([view], |row| {
            Ok(FoundColumn {
                name: row.get(0)?,
                declared: row.get(1)?,
                not_null: false,
                default: None,
                in_key: false,
                generated: false,
                row_number: false,
                autoincrement: false,
                collation: "BINARY".to_owned(),
                places: None,
            })
        })?
        .collect()
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<FoundIndex>> {
    let mut listed =
        connection.prepare("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1)")?;
    let mut columns =
        connection.prepare("SELECT name, coll FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno")?;
    let listed = listed
        .query_map([table], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<Vec<_>>>()?;
    listed
        .into_iter()
        .map(|(name, unique, origin, partial)| {
            Ok(FoundIndex {
                name: name.clone(),
                unique,
                partial,
                origin,
                columns: columns
                    .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<Result<_>>()?,
            })
        })
        .collect()
}
