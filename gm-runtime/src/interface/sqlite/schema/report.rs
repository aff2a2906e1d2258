//! The differences of all tables, and the SQL that removes them.

use rusqlite::Connection;

use super::alter_table::alter_table;
use super::compare;
use super::introspection::{self, ExistingTable};
use super::rebuilt_column::RebuiltColumn;
use crate::error::Error;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{ForeignKey, Identifiers, Report, TargetTable, missing_table};
use crate::interface::sqlite::error;

/// Compares the tables of a file with their managers.
pub(super) fn report(
    connection: &Connection,
    tables: &[TargetTable],
) -> Result<Report<RebuiltColumn>, Error> {
    let mut report = Report::with_capacity(tables.len());
    let mut identifiers = identifiers(connection, tables)?;
    for table in &with_possible_foreign_keys(connection, tables)? {
        let existing = ExistingTable::read(connection, table.name).map_err(unreadable)?;
        match existing {
            Some(existing) => {
                let differences = compare::differences(table, &existing);
                let sql = alter_table(connection, table, &existing, &differences, &mut identifiers);
                report.add(differences, sql);
            }
            None => report.add(
                missing_table(table, "there is no such table"),
                table.create_script(SqlDialect::Sqlite, &mut identifiers)?,
            ),
        }
    }
    Ok(report)
}

/// The managers' tables with the foreign keys that SQLite can check. It accepts any, and refuses the writes later.
pub(super) fn with_possible_foreign_keys(
    connection: &Connection,
    tables: &[TargetTable],
) -> Result<Vec<TargetTable>, Error> {
    let is_possible = |key: &ForeignKey| {
        let other = ExistingTable::read(connection, key.table)?;
        // A table that is created has such a key.
        Ok(other.is_none_or(|other| other.has_key(key.column)))
    };
    TargetTable::with_foreign_keys(tables, is_possible).map_err(unreadable)
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
