//! The tables of a file: creates missing ones, and compares existing ones with the declarations of their managers.

mod additions;
mod affinity;
mod alter_table;
mod backfill;
mod compare;
mod conflict_clause;
mod create_statement;
mod decimal_places;
mod difference;
mod dry_run;
mod introspection;
mod number_text;
mod omitted_value;
mod places_constraint;
mod rebuild;
mod statement_edit;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::alter_table::alter_table;
#[cfg(fuzzing)]
pub use self::create_statement::fuzz_statement;
use self::difference::{Difference, Remedy, Severity};
use self::introspection::ExistingTable;
use crate::error::Error;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Identifiers, TargetTable};
use crate::interface::sqlite::error;

/// Creates the missing tables if `create` is set. Refuses tables that do not fit, with all differences in one error.
pub(super) fn check(connection: &Connection, tables: &[TargetTable], create: bool) -> Result<(), Error> {
    check_encoding(connection)?;
    if create {
        create_missing(connection, tables)?;
    }
    let report = Report::of(connection, tables)?;
    for warning in report.of_severity(Severity::Warning) {
        tracing::warn!("{warning}");
    }
    report.into_result()
}

/// The SQL that makes the tables fit their managers. Empty if they do.
pub(super) fn changes(connection: &Connection, tables: &[TargetTable]) -> Result<String, Error> {
    check_encoding(connection)?;
    Report::of(connection, tables).map(|report| report.changes())
}

fn create_missing(connection: &Connection, tables: &[TargetTable]) -> Result<(), Error> {
    let is_missing =
        |table: &&TargetTable| ExistingTable::read(connection, table.name).map(|table| table.is_none());
    let mut missing = Vec::new();
    for table in tables {
        if is_missing(&table).map_err(unreadable)? {
            missing.push(table);
        }
    }
    if missing.is_empty() {
        // No lock without need.
        return Ok(());
    }
    let failed = |error: rusqlite::Error| error::or_storage(error, "the missing tables can't be created");
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
    let mut identifiers = identifiers(connection, tables)?;
    for table in missing {
        // Another process may have created it in the meantime.
        if is_missing(&table).map_err(unreadable)? {
            let statements = table.create_script(SqlDialect::Sqlite, &mut identifiers)?;
            transaction.execute_batch(&statements).map_err(failed)?;
        }
    }
    transaction.commit().map_err(failed)
}

/// The names in use, by the file or by the managers' tables.
fn identifiers(connection: &Connection, tables: &[TargetTable]) -> Result<Identifiers, Error> {
    let mut identifiers = introspection::identifiers(connection).map_err(unreadable)?;
    for table in tables {
        identifiers.reserve(table.name);
    }
    Ok(identifiers)
}

/// Refuses a file in UTF-16. Texts compare by code point, as the bytes of UTF-8 do and those of UTF-16 do not.
fn check_encoding(connection: &Connection) -> Result<(), Error> {
    let encoding: String = connection
        .pragma_query_value(None, "encoding", |row| row.get(0))
        .map_err(unreadable)?;
    if encoding == "UTF-8" {
        return Ok(());
    }
    Err(Error::Configuration(format!(
        "the database stores text as {encoding}, which does not sort by code points; expected UTF-8, SQLite's default. The \
         encoding of a file can't be changed: copy it into another file, such as by `sqlite3 old.db .dump | sqlite3 new.db`"
    )))
}

fn unreadable(error: rusqlite::Error) -> Error {
    error::or_storage(error, "the tables can't be read")
}

/// For each table the differences, and the SQL that removes them.
struct Report(Vec<(Vec<Difference>, String)>);

impl Report {
    fn of(connection: &Connection, tables: &[TargetTable]) -> Result<Self, Error> {
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

    fn of_severity(&self, severity: Severity) -> impl Iterator<Item = &Difference> {
        let all = self.0.iter().flat_map(|(differences, _)| differences);
        all.filter(move |difference| difference.severity == severity)
    }

    /// The SQL, with a comment for each difference.
    fn changes(&self) -> String {
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

    fn into_result(self) -> Result<(), Error> {
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
