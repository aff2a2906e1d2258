//! What SQLite itself says, tried in a database in memory.

use rusqlite::{Connection, Result};

use super::compare;
use super::difference::{Remedy, Weight};
use super::found::{FoundColumn, FoundTable};
use super::statement::{ClauseKind, Statement};
use crate::interface::database::schema::{SqlDialect, WantedTable, sql, tokens};
use crate::interface::database::sqlite::beside::text;
use crate::interface::database::sqlite::functions;

/// Runs a script on an empty copy of the tables, after which the table must be as it is wanted. Gives what is wrong.
pub(super) fn run(connection: &Connection, wanted: &WantedTable, script: &str) -> Result<(), String> {
    let words = |error: rusqlite::Error| format!("on a copy of the tables without rows it fails ({error})");
    let copy = copy(connection).map_err(words)?;
    copy.execute_batch(script).map_err(words)?;
    let Some(found) = FoundTable::read(&copy, wanted.name).map_err(words)? else {
        return Err("the table would be gone".to_owned());
    };
    let differences = compare::differences(wanted, &found);
    let left = differences
        .iter()
        .find(|left| left.weight == Weight::Refused && !matches!(left.remedy, Remedy::None));
    match left {
        Some(left) => Err(format!("it would not end this difference: {}", left.words)),
        None => Ok(()),
    }
}

/// What is in the file but its rows.
fn copy(connection: &Connection) -> Result<Connection> {
    let copy = Connection::open_in_memory()?;
    functions::register(&copy)?;
    let mut statements = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY rowid",
    )?;
    let statements: Vec<_> = statements
        .query_map([], |row| text(row, 0))?
        .collect::<Result<_>>()?;
    for statement in statements {
        // What needs an extension is left out: another's tables do not matter.
        let _ = copy.execute_batch(&statement);
    }
    Ok(copy)
}

/// Why a row can't get the column's default; absent where it can, or where that is not known.
pub(super) fn fault_of_default(found: &FoundTable, column: &FoundColumn) -> Option<String> {
    let tokens = tokens(&found.statement);
    let statement = Statement::parse(&tokens)?;
    let mut columns = statement.columns.iter();
    let declared = columns.find(|known| known.name().eq_ignore_ascii_case(&column.name))?;
    let default = declared.clause(ClauseKind::Default)?;
    let options = if found.strict { "STRICT" } else { "" };
    let script = format!(
        "CREATE TABLE t ({} {} {} NOT NULL) {options}; INSERT INTO t DEFAULT VALUES;",
        SqlDialect::Sqlite.quote(&column.name),
        sql(&declared.column_type),
        sql(&default.tokens)
    );
    let fault = || {
        let scratch = Connection::open_in_memory()?;
        functions::register(&scratch)?;
        scratch.execute_batch(&script)
    };
    fault().err().map(|error| error.to_string())
}
