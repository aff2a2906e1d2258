//! The tables of a file, beside what their managers want of them.

mod affinity;
mod alter_table;
mod backfill;
mod compare;
mod create_statement;
mod decimal_places;
mod difference;
mod dry_run;
mod introspection;
mod places_constraint;
mod rebuild;
mod statement_edit;

use rusqlite::{Connection, Transaction, TransactionBehavior};

#[cfg(fuzzing)]
pub use self::create_statement::fuzz_statement;
use self::difference::{Difference, Remedy, Weight};
use self::introspection::FoundTable;
use super::error;
use crate::error::Error;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Names, WantedTable};

/// Makes the tables that are missing, if that is wanted, and refuses those that do not fit: all at once, in one error.
pub(super) fn check(connection: &Connection, tables: &[WantedTable], create: bool) -> Result<(), Error> {
    check_encoding(connection)?;
    if create {
        make_missing(connection, tables)?;
    }
    let report = Report::of(connection, tables)?;
    for warned in report.of_weight(Weight::Warned) {
        tracing::warn!("{warned}");
    }
    report.verdict()
}

/// The SQL that brings the tables in line; empty where they are.
pub(super) fn changes(connection: &Connection, tables: &[WantedTable]) -> Result<String, Error> {
    check_encoding(connection)?;
    Report::of(connection, tables).map(|report| report.changes())
}

fn make_missing(connection: &Connection, tables: &[WantedTable]) -> Result<(), Error> {
    let is_missing =
        |table: &&WantedTable| FoundTable::read(connection, table.name).map(|found| found.is_none());
    let mut missing = Vec::new();
    for table in tables {
        if is_missing(&table).map_err(unreadable)? {
            missing.push(table);
        }
    }
    if missing.is_empty() {
        // Nothing is locked where nothing is to be made.
        return Ok(());
    }
    let failed = |error: rusqlite::Error| {
        error::general(&error).unwrap_or_else(|| error::failed(error, "the missing tables can't be made"))
    };
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
    let mut names = names(connection, tables)?;
    for table in missing {
        // Another process may have made it meanwhile.
        if is_missing(&table).map_err(unreadable)? {
            let statements = table.create_script(SqlDialect::Sqlite, &mut names)?;
            transaction.execute_batch(&statements).map_err(failed)?;
        }
    }
    transaction.commit().map_err(failed)
}

/// The names that are taken, by what is there or by a table that is wanted.
fn names(connection: &Connection, tables: &[WantedTable]) -> Result<Names, Error> {
    let mut names = introspection::names(connection).map_err(unreadable)?;
    for table in tables {
        names.take(table.name);
    }
    Ok(names)
}

/// Text compares by code point, which is how UTF-8's bytes compare, and UTF-16's do not.
fn check_encoding(connection: &Connection) -> Result<(), Error> {
    let encoding: String = connection
        .pragma_query_value(None, "encoding", |row| row.get(0))
        .map_err(unreadable)?;
    if encoding == "UTF-8" {
        return Ok(());
    }
    Err(Error::Configuration(format!(
        "the database keeps its text as {encoding}, which sorts by other than code points; wanted is UTF-8, which is \
         SQLite's default. A file can't be changed: make another of it, such as by `sqlite3 old.db .dump | sqlite3 new.db`"
    )))
}

fn unreadable(error: rusqlite::Error) -> Error {
    error::general(&error).unwrap_or_else(|| error::failed(error, "the tables can't be read"))
}

/// What differs, and the statements that end it, a table each.
struct Report(Vec<(Vec<Difference>, String)>);

impl Report {
    fn of(connection: &Connection, tables: &[WantedTable]) -> Result<Self, Error> {
        let mut report = Vec::with_capacity(tables.len());
        let mut names = names(connection, tables)?;
        for table in tables {
            let found = FoundTable::read(connection, table.name).map_err(unreadable)?;
            report.push(match found {
                Some(found) => {
                    let differences = compare::differences(table, &found);
                    let sql = alter_table::alter(connection, table, &found, &differences, &mut names);
                    (differences, sql)
                }
                None => (
                    absent(table),
                    table.create_script(SqlDialect::Sqlite, &mut names)?,
                ),
            });
        }
        Ok(Self(report))
    }

    fn of_weight(&self, weight: Weight) -> impl Iterator<Item = &Difference> {
        let all = self.0.iter().flat_map(|(differences, _)| differences);
        all.filter(move |difference| difference.weight == weight)
    }

    /// The statements with what they are for.
    fn changes(&self) -> String {
        let mut paragraphs = Vec::new();
        for (differences, sql) in &self.0 {
            // A type may be declared in several lines.
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

    fn verdict(&self) -> Result<(), Error> {
        let refused: String = self
            .of_weight(Weight::Refused)
            .map(|line| format!("\n- {line}"))
            .collect();
        if refused.is_empty() {
            return Ok(());
        }
        let sql: String = self.0.iter().map(|(_, sql)| sql.as_str()).collect();
        let remedy = if sql.lines().all(|line| line.starts_with("--")) {
            format!("Change the structs, or the tables.\n{sql}")
        } else {
            format!("Change the structs, or the tables, with this SQL of `GmBuilder::schema_changes`:\n{sql}")
        };
        Err(Error::Configuration(format!(
            "the database does not fit its managers, and a table that is there is never changed:{refused}\n{}",
            remedy.trim_end()
        )))
    }
}

fn absent(table: &WantedTable) -> Vec<Difference> {
    let difference = |manager: &&'static _| Difference {
        table: table.name,
        manager,
        field: None,
        words: "there is no such table".to_owned(),
        weight: Weight::Refused,
        remedy: Remedy::None,
    };
    table.managers.iter().map(difference).collect()
}
