//! `CREATE TABLE` and `CREATE INDEX`, written as text. `docs/design/storage.md` says why sea-query does not build them.

use super::column_types::mysql_outside_row;
use super::decimal_places::places_constraint;
use super::identifiers::Identifiers;
use super::mysql_row_size::columns_outside_row;
use super::target::TargetTable;
use super::target_column::TargetColumn;
use crate::error::Error;
use crate::interface::sql::dialect::SqlDialect;

impl TargetTable {
    /// A script for each table, which creates the table and its indexes, and then one that adds the foreign keys, if there are any.
    pub(crate) fn create_scripts(tables: &[Self], dialect: SqlDialect) -> Result<Vec<String>, Error> {
        let mut identifiers = tables.iter().map(|table| table.name).collect();
        let mut scripts = tables
            .iter()
            .map(|table| table.create_script(dialect, &mut identifiers))
            .collect::<Result<Vec<_>, _>>()?;
        let keys: String = tables
            .iter()
            .map(|table| table.foreign_key_script(dialect))
            .collect();
        scripts.extend(Some(keys).filter(|keys| !keys.is_empty()));
        Ok(scripts)
    }

    /// The script that adds the foreign keys, once all tables are there. So tables that refer to each other need no order. Empty for
    /// SQLite, which adds none to a table that exists, and accepts those to tables that do not exist yet.
    pub(crate) fn foreign_key_script(&self, dialect: SqlDialect) -> String {
        if dialect == SqlDialect::Sqlite {
            return String::new();
        }
        let table = dialect.quote(self.name);
        let keys = self.foreign_keys.iter();
        keys.map(|key| format!("ALTER TABLE {table} ADD {};\n", key.constraint(dialect)))
            .collect()
    }

    /// The foreign key of a column as its constraint, where tables are created with their foreign keys.
    pub(crate) fn references(&self, column: &TargetColumn, dialect: SqlDialect) -> String {
        let mut keys = self.foreign_keys.iter();
        match keys.find(|key| column.is_named(key.name())) {
            Some(key) if dialect == SqlDialect::Sqlite => format!(" {}", key.references(dialect)),
            _ => String::new(),
        }
    }

    /// The script that creates the table and its indexes. The indexes get unused names.
    pub(crate) fn create_script(
        &self,
        dialect: SqlDialect,
        identifiers: &mut Identifiers,
    ) -> Result<String, Error> {
        Ok(self.statements(dialect, identifiers)?.join(";\n") + ";\n")
    }

    fn statements(&self, dialect: SqlDialect, identifiers: &mut Identifiers) -> Result<Vec<String>, Error> {
        if dialect == SqlDialect::Postgres {
            self.check_postgres_names()?;
        }
        let columns = self.columns();
        for column in columns.iter().filter(|column| column.has_index()) {
            if let Some(problem) = dialect.index_problem(column.field) {
                let (manager, field) = (column.manager.name(), column.field.name());
                return Err(Error::Configuration(format!("`{manager}`.`{field}` {problem}")));
            }
        }
        let mut lines: Vec<_> = match dialect {
            SqlDialect::MySql => {
                let outside_row = columns_outside_row(self.name, &columns)?;
                let definition = |column: &TargetColumn| {
                    if outside_row.contains(&column.name()) {
                        column.definition_as(mysql_outside_row(column.field), dialect)
                    } else {
                        column.definition(dialect)
                    }
                };
                columns.iter().map(definition).collect()
            }
            SqlDialect::Sqlite | SqlDialect::Postgres => {
                let definition =
                    |column: &TargetColumn| column.definition(dialect) + &self.references(column, dialect);
                columns.iter().map(definition).collect()
            }
        };
        let mut statements = Vec::new();
        for column in &columns {
            match dialect {
                SqlDialect::MySql => lines.extend(column.index_line(dialect)),
                SqlDialect::Sqlite | SqlDialect::Postgres => {
                    statements.extend(column.create_index(self.name, dialect, identifiers));
                }
            }
        }
        statements.insert(0, create_table(self.name, &lines, dialect));
        Ok(statements)
    }
}

/// `CREATE TABLE` with lines that each define a column or an index.
fn create_table(name: &str, lines: &[String], dialect: SqlDialect) -> String {
    let options = match dialect {
        // Without `STRICT`, SQLite accepts any value in any column.
        SqlDialect::Sqlite => " STRICT",
        SqlDialect::Postgres => "",
        SqlDialect::MySql => " CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
    };
    format!(
        "CREATE TABLE {} (\n    {}\n){options}",
        dialect.quote(name),
        lines.join(",\n    ")
    )
}

impl TargetColumn {
    /// The column's line in `CREATE TABLE`.
    pub(crate) fn definition(&self, dialect: SqlDialect) -> String {
        self.definition_as(&dialect.column_type(self.field), dialect)
    }

    /// The line with this column type.
    fn definition_as(&self, column_type: &str, dialect: SqlDialect) -> String {
        let mut line = format!("{} {column_type}", dialect.quote(self.name()));
        if !self.field.nullable() {
            line.push_str(" NOT NULL");
        }
        match dialect {
            _ if !self.id => {}
            // Without AUTOINCREMENT, SQLite reuses the id of the last row once that row is deleted.
            SqlDialect::Sqlite if self.assigned => line.push_str(" PRIMARY KEY AUTOINCREMENT"),
            SqlDialect::Postgres if self.assigned => {
                line.push_str(" GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
            }
            SqlDialect::MySql if self.assigned => line.push_str(" AUTO_INCREMENT PRIMARY KEY"),
            _ => line.push_str(" PRIMARY KEY"),
        }
        if let (SqlDialect::Sqlite, Some(places)) = (dialect, self.places) {
            line.push(' ');
            line.push_str(&places_constraint(self.name(), places));
        }
        line
    }

    /// The statement that creates the column's index, if it has one.
    pub(crate) fn create_index(
        &self,
        table: &str,
        dialect: SqlDialect,
        identifiers: &mut Identifiers,
    ) -> Option<String> {
        self.create_index_on(table, table, dialect, identifiers)
    }

    /// The same while a rebuild gives the table a temporary name.
    pub(crate) fn create_index_on(
        &self,
        current_name: &str,
        table: &str,
        dialect: SqlDialect,
        identifiers: &mut Identifiers,
    ) -> Option<String> {
        let (unique, kind) = match (self.unique, self.index) {
            (true, _) => ("UNIQUE ", "unique"),
            (false, true) => ("", "index"),
            (false, false) => return None,
        };
        let name = match dialect {
            SqlDialect::Sqlite => {
                let name = identifiers.unused(&format!("{table}__{}_{kind}", self.name()));
                format!("{} ", dialect.quote(&name))
            }
            // These databases choose a name within their own limits.
            SqlDialect::Postgres | SqlDialect::MySql => String::new(),
        };
        Some(format!(
            "CREATE {unique}INDEX {name}ON {} ({})",
            dialect.quote(current_name),
            dialect.quote(self.name())
        ))
    }

    /// The index as a line of `CREATE TABLE`. MySQL chooses a name there, and not in `CREATE INDEX`.
    fn index_line(&self, dialect: SqlDialect) -> Option<String> {
        let column = dialect.quote(self.name());
        match (self.unique, self.index) {
            (true, _) => Some(format!("UNIQUE ({column})")),
            (false, true) => Some(format!("INDEX ({column})")),
            (false, false) => None,
        }
    }
}
