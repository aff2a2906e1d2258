//! SQL that makes a table fit its managers.

use rusqlite::Connection;

use super::introspection::ExistingTable;
use super::literal::backfill_value;
use super::rebuild::rebuild;
use super::rebuilt_column::{ColumnChange, Difference, Remedy};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Additions, Identifiers, Severity, TargetTable};

const SQL: SqlDialect = SqlDialect::Sqlite;

/// The statements that remove these differences of a table, with comments on what happens to its rows. New indexes get
/// unused names.
pub(super) fn alter_table(
    connection: &Connection,
    target: &TargetTable,
    table: &ExistingTable,
    differences: &[Difference],
    identifiers: &mut Identifiers,
) -> String {
    let additions = Additions::of(target, differences);
    let mut text = String::new();
    let needs_rebuild = |difference: &Difference| match difference.remedy {
        // A foreign key is added although its table works without it.
        Remedy::Change(change) => {
            difference.severity == Severity::Error || change.change == ColumnChange::ForeignKey
        }
        _ => false,
    };
    if differences.iter().any(needs_rebuild) {
        match rebuild(connection, target, table, differences, &additions, identifiers) {
            Ok(script) => return script,
            Err(reason) => {
                let line =
                    format!("The table would have to be rebuilt, and no SQL is printed for that: {reason}.");
                text.push_str(&format!("-- {}\n", line.replace(['\n', '\r'], " ")));
            }
        }
    }
    let name = SQL.quote(target.name);
    for column in &additions.columns {
        let definition = column.definition(SQL);
        let value = backfill_value(column, &mut text);
        let default = if column.field.nullable() {
            String::new()
        } else {
            format!(" DEFAULT {value}")
        };
        // SQLite adds no column with a foreign key and a value other than null.
        let references = match column.field.nullable() {
            true => target.references(column, SQL),
            false => String::new(),
        };
        text.push_str(&format!(
            "ALTER TABLE {name} ADD COLUMN {definition}{default}{references};\n"
        ));
    }
    for column in &additions.indexes {
        if let Some(statement) = column.create_index(target.name, SQL, identifiers) {
            text.push_str(&format!("{statement};\n"));
        }
    }
    text
}
