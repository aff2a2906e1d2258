//! Whether a column accepts the value of an `INSERT` that omits it: its default, or null.

use rusqlite::Connection;

use super::create_statement::{ClauseKind, Column, Statement};
use super::introspection::{ExistingColumn, ExistingTable};
use crate::interface::sql::SqlDialect;
use crate::interface::sqlite::functions;
use crate::interface::sqlite::tokenizer::{mentions, to_sql, tokenize};

/// The names of the rowid, if no column has them.
const ROWID_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// SQLite's error for an `INSERT` that omits this column, tried in a table of this column alone. `None` if the `INSERT`
/// succeeds, or if the definition can't be tried.
pub(super) fn omitted_value_error(table: &ExistingTable, column: &ExistingColumn) -> Option<String> {
    let tokens = tokenize(&table.statement);
    let statement = Statement::parse(&tokens)?;
    let is_the_column = |known: &&Column<'_>| known.name().eq_ignore_ascii_case(&column.name);
    let declared = statement.columns.iter().find(is_the_column)?;
    let mut definition = vec![
        SqlDialect::Sqlite.quote(&column.name),
        to_sql(&declared.column_type),
    ];
    let default = declared.clause(ClauseKind::Default);
    definition.extend(default.map(|default| to_sql(&default.tokens)));
    if column.not_null {
        definition.push("NOT NULL".to_owned());
    }
    let definition = definition.join(" ");
    let options = if table.strict { "STRICT" } else { "" };
    let others = table.columns.iter().filter(|other| other.name != column.name);
    let others: Vec<_> = others
        .map(|other| other.name.as_str())
        .chain(ROWID_NAMES)
        .collect();
    let of_columns = statement.columns.iter().flat_map(|column| &column.clauses);
    let checks = of_columns.chain(&statement.constraints).filter(|clause| {
        // A condition on other columns too depends on the whole row.
        clause.kind == ClauseKind::Check
            && mentions(&clause.tokens, &column.name)
            && !others.iter().any(|other| mentions(&clause.tokens, other))
    });
    let checks = checks.map(|check| to_sql(&check.tokens));
    std::iter::once(String::new()).chain(checks).find_map(|check| {
        let scratch = Connection::open_in_memory().ok()?;
        functions::register(&scratch).ok()?;
        let create = format!("CREATE TABLE t ({definition} {check}) {options}");
        scratch.execute_batch(&create).ok()?;
        let error = scratch.execute_batch("INSERT INTO t DEFAULT VALUES").err()?;
        Some(error.to_string())
    })
}
