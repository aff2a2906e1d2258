//! A dry run of a script, on an empty copy of the tables in memory.

use rusqlite::{Connection, Result};

use super::compare;
use super::introspection::ExistingTable;
use super::rebuilt_column::Remedy;
use crate::interface::sql::schema::{Severity, TargetTable};
use crate::interface::sqlite::functions;
use crate::interface::sqlite::sql_text::sql_text;

/// Runs a script that must make the table fit its managers.
///
/// # Errors
/// The reason why the script does not.
pub(super) fn dry_run(connection: &Connection, target: &TargetTable, script: &str) -> Result<(), String> {
    let failed = |error: rusqlite::Error| format!("on a copy of the tables without rows it fails ({error})");
    let copy = copy_schema(connection).map_err(failed)?;
    copy.execute_batch(script).map_err(failed)?;
    if !copy.is_autocommit() {
        return Err("on a copy of the tables without rows it leaves its transaction open".to_owned());
    }
    let Some(table) = ExistingTable::read(&copy, target.name).map_err(failed)? else {
        return Err("the table would be gone".to_owned());
    };
    let differences = compare::differences(target, &table);
    let remaining = differences.iter().find(|difference| {
        difference.severity == Severity::Error && !matches!(difference.remedy, Remedy::None)
    });
    match remaining {
        Some(difference) => Err(format!(
            "it would not end this difference: {}",
            difference.message
        )),
        None => Ok(()),
    }
}

/// Copies the file's schema without rows.
fn copy_schema(connection: &Connection) -> Result<Connection> {
    let copy = Connection::open_in_memory()?;
    functions::register(&copy)?;
    let mut statements = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY rowid",
    )?;
    let statements: Vec<_> = statements
        .query_map([], |row| sql_text(row, 0))?
        .collect::<Result<_>>()?;
    for statement in statements {
        // A statement that needs an extension fails. The table of the script does not depend on it.
        let _ = copy.execute_batch(&statement);
    }
    Ok(copy)
}
