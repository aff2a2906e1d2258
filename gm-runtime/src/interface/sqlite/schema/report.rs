//! The differences of all tables, and the SQL that removes them.

use rusqlite::Connection;

use super::alter_table::alter_table;
use super::compare;
use super::difference::{Difference, Remedy, Severity};
use super::introspection::{self, ExistingTable};
use crate::error::Error;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Identifiers, TargetTable};
use crate::interface::sqlite::error;

/// For each table the differences, and the SQL that removes them.
pub(super) struct Report(Vec<(Vec<Difference>, String)>);

impl Report {
    pub(super) fn of(connection: &Connection, tables: &[TargetTable]) -> Result<Self, Error> {
        let mut report = Vec::with_capacity(tables.len());
        let mut identifiers = identifiers(connection, tables)?;
        for table in tables {
            let existing = ExistingTable::read(connection, table.name).map_err(unreadable)?;
            report.push(match existing {
                Some(existing) => {
                    let differences = compare::differences(table, &existing);
                    let sql = alter_table(connection, table, &existing, &differences, &mut identifiers);
                    (differences, sql)
                }
                None => (
                    missing(table),
                    table.create_script(SqlDialect::Sqlite, &mut identifiers)?,
                ),
            });
        }
        Ok(Self(report))
    }

    pub(super) fn of_severity(&self, severity: Severity) -> impl Iterator<Item = &Difference> {
        let all = self.0.iter().flat_map(|(differences, _)| differences);
        all.filter(move |difference| difference.severity == severity)
    }

    /// The SQL, with a comment for each difference.
    pub(super) fn changes(&self) -> String {
        let mut paragraphs = Vec::new();
        for (differences, sql) in &self.0 {
            // A declared type may contain line breaks.
            let lines = differences
                .iter()
                .map(|line| line.to_string().replace(['\n', '\r'], " "));
            let lines: String = lines.map(|line| format!("-- {line}\n")).collect();
            if !lines.is_empty() {
                paragraphs.push(lines + sql);
            }
        }
        paragraphs.join("\n")
    }

    pub(super) fn into_result(self) -> Result<(), Error> {
        let errors: String = self
            .of_severity(Severity::Error)
            .map(|line| format!("\n- {line}"))
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        let sql: String = self.0.iter().map(|(_, sql)| sql.as_str()).collect();
        let remedy = if sql.lines().all(|line| line.starts_with("--")) {
            format!("Change the structs, or the tables.\n{sql}")
        } else {
            format!("Change the structs, or the tables, with this SQL of `GmBuilder::schema_changes`:\n{sql}")
        };
        Err(Error::Configuration(format!(
            "the database does not fit its managers, and existing tables are never changed:{errors}\n{}",
            remedy.trim_end()
        )))
    }
}

/// The difference of a table that does not exist.
fn missing(table: &TargetTable) -> Vec<Difference> {
    let difference = |manager: &&'static _| Difference {
        table: table.name,
        manager,
        field: None,
        message: "there is no such table".to_owned(),
        severity: Severity::Error,
        remedy: Remedy::None,
    };
    table.managers.iter().map(difference).collect()
}

/// The names in use, by the file or by the managers' tables.
pub(super) fn identifiers(connection: &Connection, tables: &[TargetTable]) -> Result<Identifiers, Error> {
    let mut identifiers = introspection::identifiers(connection).map_err(unreadable)?;
    for table in tables {
        identifiers.reserve(table.name);
    }
    Ok(identifiers)
}

pub(super) fn unreadable(error: rusqlite::Error) -> Error {
    error::or_storage(error, "the tables can't be read")
}
