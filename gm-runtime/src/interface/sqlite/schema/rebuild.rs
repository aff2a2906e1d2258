//! SQL that rebuilds a table, because SQLite can't change a column.
//!
//! The shell of SQLite goes on after an error, and no row may be lost then. `docs/design/storage.md`, section Rebuilding a
//! table, says how the order of the statements ensures that.

use rusqlite::Connection;

use super::create_statement::{Column, Statement};
use super::dry_run::dry_run;
use super::introspection::ExistingTable;
use super::literal::{backfill_value, quote_text};
use super::rebuilt_column::Difference;
use super::statement_edit::{EditedStatement, edit_statement};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Additions, Identifiers, TargetTable};
use crate::interface::sqlite::tokenizer::{tokenize, without_trailing_comment};

const SQL: SqlDialect = SqlDialect::Sqlite;

/// The script that rebuilds the table, with comments on what happens to the rows.
///
/// # Errors
/// The reason why there is no script: something would be lost, or the dry run failed.
pub(super) fn rebuild(
    connection: &Connection,
    target: &TargetTable,
    table: &ExistingTable,
    differences: &[Difference],
    additions: &Additions,
    identifiers: &mut Identifiers,
) -> Result<String, String> {
    let tokens = tokenize(&table.statement);
    let statement = Statement::parse(&tokens).filter(|statement| has_columns_of(statement, table));
    let statement = statement.ok_or("the statement that created it has an unknown form")?;
    let body = table.statement.get(statement.body..).unwrap_or_default();
    let edited = edit_statement(target, table, statement, differences)?;
    let script = Script {
        target,
        table,
        old: identifiers.unused(&format!("{}__old", target.name)),
        new: identifiers.unused(&format!("{}__new", target.name)),
        checks: format!("temp.{}", SQL.quote(&format!("{}__checks", target.name))),
        body,
        text: String::new(),
    };
    let script = script.write(edited, additions, identifiers);
    dry_run(connection, target, &script)?;
    Ok(script)
}

/// Whether the statement was parsed as SQLite parses it.
fn has_columns_of(statement: &Statement<'_>, table: &ExistingTable) -> bool {
    let names = statement.columns.iter().map(Column::name);
    names.eq(table.columns.iter().map(|column| column.name.as_str()))
}

struct Script<'a> {
    target: &'a TargetTable,
    table: &'a ExistingTable,
    /// The temporary name of the old table.
    old: String,
    /// The temporary name of the new table.
    new: String,
    /// The quoted name of the table that accepts only true conditions.
    checks: String,
    /// The part of the old table's statement behind the name.
    body: &'a str,
    text: String,
}

impl Script<'_> {
    fn write(
        mut self,
        edited: EditedStatement<'_>,
        additions: &Additions,
        identifiers: &mut Identifiers,
    ) -> String {
        let (old, new) = (SQL.quote(&self.old), SQL.quote(&self.new));
        let table = SQL.quote(self.target.name);
        self.text.push_str(
            "-- SQLite can't change a column, so the table is rebuilt by its own statement, in which only the differences change. If\n\
             -- a step fails, all steps are rolled back, and the table stays as it was.\n",
        );
        self.text.push_str(&edited.comments);
        let (mut into, mut values, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for column in self.table.columns.iter().filter(|column| !column.generated) {
            let name = SQL.quote(&column.name);
            values.push(edited.copy_expression(column).unwrap_or(&name).to_owned());
            into.push(name);
        }
        if let Some(rowid) = self.hidden_rowid(&edited) {
            into.push(rowid.to_owned());
            values.push(rowid.to_owned());
        }
        for column in &additions.columns {
            let name = SQL.quote(column.name());
            // The name helps a reader who replaces the value.
            values.push(format!("{} AS {name}", backfill_value(column, &mut self.text)));
            into.push(name);
            lines.push(column.definition(SQL) + &self.target.references(column, SQL));
        }

        // With `legacy_alter_table`, foreign keys and views go on to refer to the table by its name.
        self.add("PRAGMA foreign_keys = OFF");
        self.add("PRAGMA legacy_alter_table = ON");
        self.add(&format!(
            "CREATE TABLE IF NOT EXISTS {} (is_true INTEGER NOT NULL\n    \
             CONSTRAINT \"a previous step failed: the table stays as it was\" CHECK (is_true))",
            self.checks
        ));
        self.add("BEGIN");
        self.add(&format!("ALTER TABLE {table} RENAME TO {old}"));
        self.add(&edited.statement.create(&new, &lines));
        // In a transaction that was already open, the pragmas have no effect. Then `DROP TABLE` would delete the rows that refer to the table.
        self.check("(SELECT foreign_keys FROM pragma_foreign_keys) = 0");
        self.check("(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1");
        self.check_tables();
        self.add(&format!(
            "INSERT OR ROLLBACK INTO {new} ({})\n    SELECT {} FROM {old}",
            into.join(", "),
            values.join(", ")
        ));
        let autoincrement = self.table.columns.iter().any(|column| column.autoincrement);
        let (old_text, new_text) = (quote_text(&self.old), quote_text(&self.new));
        if autoincrement {
            // Otherwise SQLite would reuse the ids of deleted rows.
            let old_exists = format!("EXISTS (SELECT 1 FROM sqlite_master WHERE name = {old_text})");
            self.add(&format!(
                "DELETE FROM sqlite_sequence WHERE name = {new_text} AND {old_exists}"
            ));
            self.add(&format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {new_text}, seq FROM sqlite_sequence\n    \
                 WHERE name = {old_text} AND {old_exists}"
            ));
        }
        self.check(&format!(
            "(SELECT count(*) FROM {new}) = (SELECT count(*) FROM {old})"
        ));
        if autoincrement {
            let last = |name: &str| format!("(SELECT max(seq) FROM sqlite_sequence WHERE name = {name})");
            self.check(&format!("{} IS {}", last(&new_text), last(&old_text)));
        }
        // Foreign keys are not checked meanwhile.
        for key in &edited.added_keys {
            // The table that is rebuilt has another name now.
            let is_itself = key.table.eq_ignore_ascii_case(self.target.name);
            let other = if is_itself {
                new.clone()
            } else {
                SQL.quote(key.table)
            };
            let (column, id) = (SQL.quote(key.name()), SQL.quote(key.column));
            self.check(&format!(
                "NOT EXISTS (SELECT 1 FROM {new} WHERE {column} IS NOT NULL\n    AND {column} NOT IN (SELECT {id} FROM {other}))"
            ));
        }
        for condition in &edited.lossy {
            self.check(&format!("NOT EXISTS (SELECT 1 FROM {old} WHERE {condition})"));
        }
        for condition in &edited.wrong_types {
            self.check(&format!("NOT EXISTS (SELECT 1 FROM {new} WHERE {condition})"));
        }
        self.add(&format!("DROP TABLE {old}"));
        let mut count = 1_usize;
        for column in &additions.indexes {
            if let Some(statement) = column.create_index_on(&self.new, self.target.name, SQL, identifiers) {
                self.add(&statement);
                count = count.saturating_add(1);
            }
        }
        self.add(&format!("ALTER TABLE {new} RENAME TO {table}"));
        for dependent in &self.table.dependents {
            // SQLite accepts a comment without an end, which would hide the statements that follow.
            self.add(without_trailing_comment(&dependent.statement));
        }
        count = count.saturating_add(self.table.dependents.len());
        // Creating an index may fail because of the rows, and a trigger because of a table that it names.
        self.check(&format!(
            "(SELECT count(*) FROM sqlite_master\n    WHERE tbl_name = {} COLLATE NOCASE AND sql IS NOT NULL) = {count}",
            quote_text(self.target.name)
        ));
        self.add("COMMIT");
        self.add(&format!("DROP TABLE {}", self.checks));
        self.add("PRAGMA legacy_alter_table = OFF");
        self.add("PRAGMA foreign_keys = ON");
        self.text
    }

    /// The name of the rowid, if no column is an alias of it. Other tables, such as those of FTS5, may refer to it.
    fn hidden_rowid(&self, edited: &EditedStatement<'_>) -> Option<&'static str> {
        let has_alias = edited.adds_rowid_alias || self.table.columns.iter().any(|column| column.is_rowid);
        let mut names = ["rowid", "_rowid_", "oid"].into_iter();
        names
            .find(|name| self.table.column(name).is_none())
            .filter(|_| !has_alias && !self.table.without_rowid)
    }

    /// Checks that the new table exists, and that the old one is still the table that the script was printed for. Otherwise
    /// later additions would be lost, and a second run would convert the values again.
    fn check_tables(&mut self) {
        let (old, new) = (quote_text(&self.old), quote_text(&self.new));
        self.check(&format!(
            "(SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = {new}) = 1"
        ));
        self.check(&format!(
            "(SELECT substr(sql, -{}) FROM sqlite_master WHERE type = 'table' AND name = {old}) = {}",
            self.body.chars().count(),
            quote_text(self.body)
        ));
        let dependents = self.table.dependents.iter();
        let names: Vec<_> = dependents.map(|dependent| quote_text(&dependent.name)).collect();
        self.check(&format!(
            "(SELECT count(*) FROM sqlite_master\n    \
             WHERE tbl_name = {old} AND type <> 'table' AND sql IS NOT NULL AND name NOT IN ({})) = 0",
            names.join(", ")
        ));
    }

    fn add(&mut self, statement: &str) {
        self.text.push_str(statement);
        self.text.push_str(";\n");
    }

    fn check(&mut self, condition: &str) {
        self.add(&format!(
            "INSERT OR ROLLBACK INTO {} SELECT {condition}",
            self.checks
        ));
    }
}
