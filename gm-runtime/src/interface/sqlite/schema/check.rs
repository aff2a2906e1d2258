//! Creates the missing tables of a file, and refuses tables that do not fit their managers.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::introspection::ExistingTable;
use super::report::{identifiers, report, unreadable, with_possible_foreign_keys};
use crate::error::Error;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::TargetTable;
use crate::interface::sqlite::error;

/// Creates the missing tables if `create` is set. Refuses tables that do not fit, with all differences in one error.
pub(in crate::interface::sqlite) fn check(
    connection: &Connection,
    tables: &[TargetTable],
    create: bool,
) -> Result<(), Error> {
    check_encoding(connection)?;
    if create {
        create_missing(connection, tables)?;
    }
    report(connection, tables)?.into_result()
}

/// The SQL that makes the tables fit their managers. Empty if they do.
pub(in crate::interface::sqlite) fn changes(
    connection: &Connection,
    tables: &[TargetTable],
) -> Result<String, Error> {
    check_encoding(connection)?;
    report(connection, tables).map(|report| report.changes())
}

fn create_missing(connection: &Connection, tables: &[TargetTable]) -> Result<(), Error> {
    let is_missing =
        |table: &&TargetTable| ExistingTable::read(connection, table.name).map(|table| table.is_none());
    let tables = with_possible_foreign_keys(connection, tables)?;
    let mut missing = Vec::new();
    for table in &tables {
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
    let mut identifiers = identifiers(connection, &tables)?;
    for table in missing {
        // Another process may have created it in the meantime.
        if is_missing(&table).map_err(unreadable)? {
            let statements = table.create_script(SqlDialect::Sqlite, &mut identifiers)?;
            transaction.execute_batch(&statements).map_err(failed)?;
        }
    }
    transaction.commit().map_err(failed)
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
