//! Introspection: reads the tables of a file from pragmas and `sqlite_schema`.

mod existing;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Result};

pub(super) use self::existing::{
    Dependent, ExistingColumn, ExistingForeignKey, ExistingIndex, ExistingTable, Kind,
};
use super::conflict_clause::replacing_columns;
use super::places_constraint::all_recorded_places;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::Identifiers;
use crate::interface::sqlite::sql_text::sql_text;

impl ExistingTable {
    /// Reads the table of this name, if there is one.
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
        let definition = "SELECT coalesce(sql, '') FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')";
        let statement = connection.query_row(definition, [name], |row| sql_text(row, 0))?;
        for (name, places) in all_recorded_places(&statement) {
            let mut named = columns.iter_mut();
            if let Some(column) = named.find(|column| column.name.eq_ignore_ascii_case(&name)) {
                column.places.get_or_insert(places);
            }
        }
        if kind == Kind::Table {
            let replacing = replacing_columns(&statement);
            for column in &mut columns {
                let is_named =
                    |names: &Vec<String>| names.iter().any(|name| column.name.eq_ignore_ascii_case(name));
                column.replaces = replacing.as_ref().is_none_or(is_named);
            }
        }
        let dependents = "SELECT name, type = 'trigger', sql FROM sqlite_schema
             WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL";
        let dependents = connection
            .prepare(dependents)?
            .query_map([name], |row| {
                Ok(Dependent {
                    name: sql_text(row, 0)?,
                    is_trigger: row.get(1)?,
                    statement: sql_text(row, 2)?,
                })
            })?
            .collect::<Result<_>>()?;
        Ok(Some(Self {
            kind,
            strict,
            without_rowid,
            columns,
            indexes,
            foreign_keys: foreign_keys(connection, name)?,
            statement,
            dependents,
        }))
    }
}

/// The names in use in the file.
pub(super) fn identifiers(connection: &Connection) -> Result<Identifiers> {
    connection
        .prepare("SELECT name FROM sqlite_schema")?
        .query_map([], |row| sql_text(row, 0))?
        .collect()
}

fn columns(connection: &Connection, table: &str, may_have_rowid_alias: bool) -> Result<Vec<ExistingColumn>> {
    let mut statement = connection
        .prepare("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1)")?;
    let mut columns = statement
        .query_map([table], |row| {
            Ok(ExistingColumn {
                name: row.get(0)?,
                declared_type: row.get(1)?,
                not_null: row.get(2)?,
                default: match row.get_ref(3)? {
                    ValueRef::Null => None,
                    _ => Some(sql_text(row, 3)?),
                },
                in_key: row.get::<_, i64>(4)? > 0,
                // 2 is `GENERATED .. VIRTUAL`, and 3 is `GENERATED .. STORED`.
                generated: row.get::<_, i64>(5)? > 1,
                is_rowid: false,
                autoincrement: false,
                collation: String::new(),
                places: None,
                replaces: false,
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
    // A primary key without an index is an alias of the rowid.
    if may_have_rowid_alias {
        for column in columns.iter_mut().filter(|column| column.in_key) {
            column.is_rowid = true;
        }
    }
    Ok(columns)
}

fn columns_of_view(connection: &Connection, view: &str) -> Result<Vec<ExistingColumn>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_xinfo(?1)")?
        .query_map([view], |row| {
            let name: String = row.get(0)?;
            Ok(ExistingColumn {
                collation: collation_in_view(connection, view, &name).to_owned(),
                name,
                declared_type: row.get(1)?,
                not_null: false,
                default: None,
                in_key: false,
                generated: false,
                is_rowid: false,
                autoincrement: false,
                places: None,
                replaces: false,
            })
        })?
        .collect()
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<ExistingIndex>> {
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
            Ok(ExistingIndex {
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

/// The foreign keys of one column. Without a column of the other table, they refer to its primary key.
fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ExistingForeignKey>> {
    let keys = "SELECT min(\"from\"), min(\"table\"), min(on_delete), coalesce(min(\"to\"),
             (SELECT min(name) FROM pragma_table_info(k.\"table\") WHERE pk > 0 HAVING count(*) = 1))
         FROM pragma_foreign_key_list(?1) AS k GROUP BY id HAVING count(*) = 1";
    connection
        .prepare(keys)?
        .query_map([table], |row| {
            Ok(ExistingForeignKey {
                column: row.get(0)?,
                table: row.get(1)?,
                on_delete: row.get(2)?,
                to: row.get(3)?,
            })
        })?
        .collect()
}

/// The collation of a view's column. SQLite does not tell it, but `UNION` compares by it.
fn collation_in_view(connection: &Connection, view: &str, column: &str) -> &'static str {
    let quote = |name| SqlDialect::Sqlite.quote(name);
    let (view, column) = (quote(view), quote(column));
    let equal = |other: &str| {
        let texts = format!("SELECT {column} FROM {view} WHERE 0 UNION SELECT 'a' UNION SELECT '{other}'");
        let count = format!("SELECT count(*) FROM ({texts})");
        // A collation that this connection lacks fails each comparison by it.
        connection.query_row(&count, [], |row| row.get::<_, i64>(0)) == Ok(1)
    };
    match (equal("A"), equal("a ")) {
        (true, _) => "NOCASE",
        (_, true) => "RTRIM",
        _ => "BINARY",
    }
}
