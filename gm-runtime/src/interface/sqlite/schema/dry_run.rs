//! What SQLite itself says, tried in a database in memory.

use rusqlite::{Connection, Result};

use super::compare;
use super::create_statement::{ClauseKind, Column, Statement};
use super::difference::{Remedy, Weight};
use super::introspection::{FoundColumn, FoundTable};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::WantedTable;
use crate::interface::sqlite::functions;
use crate::interface::sqlite::side_effects::text;
use crate::interface::sqlite::tokens::{mention, sql, tokens};

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

/// Why a row can't have what it gets in this column where nothing is written to it: the default, or null. Absent where it
/// can, or where that is not known.
pub(super) fn fault_left_out(found: &FoundTable, column: &FoundColumn) -> Option<String> {
    let tokens = tokens(&found.statement);
    let statement = Statement::parse(&tokens)?;
    let is_declared = |known: &&Column<'_>| known.name().eq_ignore_ascii_case(&column.name);
    let declared = statement.columns.iter().find(is_declared)?;
    let mut definition = vec![SqlDialect::Sqlite.quote(&column.name), sql(&declared.column_type)];
    let default = declared.clause(ClauseKind::Default);
    definition.extend(default.map(|default| sql(&default.tokens)));
    if column.not_null {
        definition.push("NOT NULL".to_owned());
    }
    let definition = definition.join(" ");
    let options = if found.strict { "STRICT" } else { "" };
    let others = found.columns.iter().filter(|other| other.name != column.name);
    let others: Vec<_> = others
        .map(|other| other.name.as_str())
        .chain(ROW_NUMBER)
        .collect();
    let of_columns = statement.columns.iter().flat_map(|column| &column.clauses);
    let checks = of_columns.chain(&statement.constraints).filter(|clause| {
        // Of what only a whole row tells nothing is known here.
        clause.kind == ClauseKind::Check
            && mention(&clause.tokens, &column.name)
            && !others.iter().any(|other| mention(&clause.tokens, other))
    });
    let checks = checks.map(|check| sql(&check.tokens));
    std::iter::once(String::new()).chain(checks).find_map(|check| {
        let scratch = Connection::open_in_memory().ok()?;
        functions::register(&scratch).ok()?;
        let table = format!("CREATE TABLE t ({definition} {check}) {options}");
        // What can't be made here says nothing of the table that is there.
        scratch.execute_batch(&table).ok()?;
        let fault = scratch.execute_batch("INSERT INTO t DEFAULT VALUES").err()?;
        Some(fault.to_string())
    })
}

/// The names of a row's number, where no column has them.
const ROW_NUMBER: [&str; 3] = ["rowid", "_rowid_", "oid"];
