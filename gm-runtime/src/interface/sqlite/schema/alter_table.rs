//! SQL that brings a file in line with its managers.

use rusqlite::Connection;

use super::backfill::given;
use super::difference::{Difference, Remedy, Weight};
use super::introspection::FoundTable;
use super::rebuild;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Names, WantedColumn, WantedTable};

const SQL: SqlDialect = SqlDialect::Sqlite;

/// What is to be added to a table.
#[derive(Default)]
pub(super) struct Additions {
    pub(super) columns: Vec<WantedColumn>,
    /// Columns that want an index.
    pub(super) indexes: Vec<WantedColumn>,
}

/// The statements that end these differences of a table, with comments on what they do to its rows. The indexes that are
/// made have names that are free.
pub(super) fn alter(
    connection: &Connection,
    wanted: &WantedTable,
    found: &FoundTable,
    differences: &[Difference],
    names: &mut Names,
) -> String {
    let additions = Additions::of(wanted, differences);
    let mut text = String::new();
    let needs_rebuild = |difference: &Difference| {
        difference.weight == Weight::Refused && matches!(difference.remedy, Remedy::Rebuild(..))
    };
    if differences.iter().any(needs_rebuild) {
        match rebuild::rebuild(connection, wanted, found, differences, &additions, names) {
            Ok(script) => return script,
            Err(reason) => {
                let line = format!(
                    "The table would have to be made anew, and no SQL is printed for that: {reason}."
                );
                text.push_str(&format!("-- {}\n", line.replace(['\n', '\r'], " ")));
            }
        }
    }
    let table = SQL.quote(wanted.name);
    for column in &additions.columns {
        let definition = column.definition(SQL);
        let value = given(column, &mut text);
        let default = if column.field.nullable() {
            String::new()
        } else {
            format!(" DEFAULT {value}")
        };
        text.push_str(&format!(
            "ALTER TABLE {table} ADD COLUMN {definition}{default};\n"
        ));
    }
    for column in &additions.indexes {
        if let Some(statement) = column.create_index(wanted.name, SQL, names) {
            text.push_str(&format!("{statement};\n"));
        }
    }
    text
}

impl Additions {
    fn of(wanted: &WantedTable, differences: &[Difference]) -> Self {
        let mut additions = Self::default();
        let all = wanted.columns();
        for difference in differences {
            match difference.remedy {
                Remedy::AddColumn(column) => {
                    // With what another manager of the table wants of it.
                    let same = |known: &&WantedColumn| known.name().eq_ignore_ascii_case(column.name());
                    let column = all.iter().find(same).copied().unwrap_or(column);
                    // A key can't be added, which another difference says.
                    if !column.id {
                        once(&mut additions.columns, column);
                    }
                }
                Remedy::CreateIndex(column) => once(&mut additions.indexes, column),
                Remedy::Rebuild(..) | Remedy::None => {}
            }
        }
        for column in &additions.columns {
            if column.unique || column.index {
                once(&mut additions.indexes, *column);
            }
        }
        additions
    }
}

/// Two managers may want the same of one table.
fn once(columns: &mut Vec<WantedColumn>, column: WantedColumn) {
    match columns
        .iter_mut()
        .find(|known| known.name().eq_ignore_ascii_case(column.name()))
    {
        Some(known) => known.unique |= column.unique,
        None => columns.push(column),
    }
}
