//! SQL that rebuilds a table, since SQLite can't change a column.
//!
//! The shell of SQLite goes on after an error, and must lose nothing then. Behind each step that others rest on is a check
//! that rolls everything back, and that can be prepared whatever has failed before: first whether the new table is there,
//! in the list of tables, then what is in it. What is to be dropped has its name only by the first statement of the
//! transaction, so that behind a rollback the statement that drops it names nothing; and so do the others that follow.

use rusqlite::Connection;

use super::alter_table::Additions;
use super::backfill::{given, quoted};
use super::create_statement::{Column, Statement};
use super::difference::Difference;
use super::dry_run;
use super::introspection::FoundTable;
use super::statement_edit::Edited;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Names, WantedTable};
use crate::interface::sqlite::tokens::tokens;

const SQL: SqlDialect = SqlDialect::Sqlite;

/// The script with comments on what it does to the rows, or why there is none: what can't be carried over, or that it does
/// not do what it is to do on an empty copy of the tables.
pub(super) fn rebuild(
    connection: &Connection,
    wanted: &WantedTable,
    found: &FoundTable,
    differences: &[Difference],
    additions: &Additions,
    names: &mut Names,
) -> Result<String, String> {
    let tokens = tokens(&found.statement);
    let statement = Statement::parse(&tokens).filter(|statement| is_of(statement, found));
    let statement = statement.ok_or("the statement that made it has a form that is not known here")?;
    let body = found.statement.get(statement.body..).unwrap_or_default();
    let edited = Edited::new(wanted, found, statement, differences)?;
    let script = Script {
        wanted,
        found,
        old: names.free(&format!("{}__old", wanted.name)),
        new: names.free(&format!("{}__new", wanted.name)),
        checks: format!("temp.{}", SQL.quote(&format!("{}__checks", wanted.name))),
        body,
        text: String::new(),
    };
    let script = script.write(edited, additions, names);
    dry_run::run(connection, wanted, &script)?;
    Ok(script)
}

/// Whether the statement is read here as SQLite reads it.
fn is_of(statement: &Statement<'_>, found: &FoundTable) -> bool {
    let read = statement.columns.iter().map(Column::name);
    read.eq(found.columns.iter().map(|column| column.name.as_str()))
}

struct Script<'a> {
    wanted: &'a WantedTable,
    found: &'a FoundTable,
    /// The name that the old table has until it is dropped.
    old: String,
    /// The name that the new table has until then.
    new: String,
    /// The table that takes what is true alone, quoted.
    checks: String,
    /// The old table's statement behind its name.
    body: &'a str,
    text: String,
}

impl Script<'_> {
    fn write(mut self, edited: Edited<'_>, additions: &Additions, names: &mut Names) -> String {
        let (old, new) = (SQL.quote(&self.old), SQL.quote(&self.new));
        let table = SQL.quote(self.wanted.name);
        self.text.push_str(
            "-- A column can't be changed, so the table is made anew, by the statement that made it but for what differs. Where a\n\
             -- step fails, all of them are rolled back, and the table stays as it was.\n",
        );
        self.text.push_str(&edited.comments);
        let (mut into, mut values, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for column in self.found.columns.iter().filter(|column| !column.generated) {
            let name = SQL.quote(&column.name);
            values.push(edited.copied(column).unwrap_or(&name).to_owned());
            into.push(name);
        }
        if let Some(number) = self.row_number(&edited) {
            into.push(number.to_owned());
            values.push(number.to_owned());
        }
        for column in &additions.columns {
            let name = SQL.quote(column.name());
            // With its name, so that whoever puts another value there need not count.
            values.push(format!("{} AS {name}", given(column, &mut self.text)));
            into.push(name);
            lines.push(column.definition(SQL));
        }

        // What names the table elsewhere, such as foreign keys and views, goes on to name the one that has its name.
        self.add("PRAGMA foreign_keys = OFF");
        self.add("PRAGMA legacy_alter_table = ON");
        self.add(&format!(
            "CREATE TABLE IF NOT EXISTS {} (is_true INTEGER NOT NULL\n    \
             CONSTRAINT \"a step before has failed: the table stays as it was\" CHECK (is_true))",
            self.checks
        ));
        self.add("BEGIN");
        self.add(&format!("ALTER TABLE {table} RENAME TO {old}"));
        self.add(&edited.statement.create(&new, &lines));
        // Also where the pragmas did nothing, since a transaction was open: then rows of other tables would be deleted.
        self.check("(SELECT foreign_keys FROM pragma_foreign_keys) = 0");
        self.check("(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1");
        self.check_what_is_there();
        self.add(&format!(
            "INSERT OR ROLLBACK INTO {new} ({})\n    SELECT {} FROM {old}",
            into.join(", "),
            values.join(", ")
        ));
        let autoincrement = self.found.columns.iter().any(|column| column.autoincrement);
        let (named_old, named_new) = (quoted(&self.old), quoted(&self.new));
        if autoincrement {
            // Else the ids of deleted rows would be given again.
            let old_is_there = format!("EXISTS (SELECT 1 FROM sqlite_master WHERE name = {named_old})");
            self.add(&format!(
                "DELETE FROM sqlite_sequence WHERE name = {named_new} AND {old_is_there}"
            ));
            self.add(&format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {named_new}, seq FROM sqlite_sequence\n    \
                 WHERE name = {named_old} AND {old_is_there}"
            ));
        }
        self.check(&format!(
            "(SELECT count(*) FROM {new}) = (SELECT count(*) FROM {old})"
        ));
        if autoincrement {
            let last = |name: &str| format!("(SELECT max(seq) FROM sqlite_sequence WHERE name = {name})");
            self.check(&format!("{} IS {}", last(&named_new), last(&named_old)));
        }
        for condition in &edited.lossy {
            self.check(&format!("NOT EXISTS (SELECT 1 FROM {old} WHERE {condition})"));
        }
        for condition in &edited.typed {
            self.check(&format!("NOT EXISTS (SELECT 1 FROM {new} WHERE {condition})"));
        }
        self.add(&format!("DROP TABLE {old}"));
        let mut count = 1_usize;
        for column in &additions.indexes {
            if let Some(statement) = column.create_index_on(&self.new, self.wanted.name, SQL, names) {
                self.add(&statement);
                count = count.saturating_add(1);
            }
        }
        self.add(&format!("ALTER TABLE {new} RENAME TO {table}"));
        for belonging in &self.found.belongings {
            self.add(&belonging.statement);
        }
        count = count.saturating_add(self.found.belongings.len());
        // An index may fail for the rows, and a trigger for what it names.
        self.check(&format!(
            "(SELECT count(*) FROM sqlite_master\n    WHERE tbl_name = {} COLLATE NOCASE AND sql IS NOT NULL) = {count}",
            quoted(self.wanted.name)
        ));
        self.add("COMMIT");
        self.add(&format!("DROP TABLE {}", self.checks));
        self.add("PRAGMA legacy_alter_table = OFF");
        self.add("PRAGMA foreign_keys = ON");
        self.text
    }

    /// What a row's number is called that no column holds. Others may know rows by it, such as FTS5.
    fn row_number(&self, edited: &Edited<'_>) -> Option<&'static str> {
        let has_column = edited.makes_key || self.found.columns.iter().any(|column| column.row_number);
        let mut names = ["rowid", "_rowid_", "oid"].into_iter();
        names
            .find(|name| self.found.column(name).is_none())
            .filter(|_| !has_column && !self.found.without_rowid)
    }

    /// The new table must have been made, and the old one must be the one that this was printed for: what it has got since
    /// would be lost, and rows that were copied by this already would be given once more what they are given here.
    fn check_what_is_there(&mut self) {
        let (old, new) = (quoted(&self.old), quoted(&self.new));
        self.check(&format!(
            "(SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = {new}) = 1"
        ));
        self.check(&format!(
            "(SELECT substr(sql, -{}) FROM sqlite_master WHERE type = 'table' AND name = {old}) = {}",
            self.body.chars().count(),
            quoted(self.body)
        ));
        let belongings = self.found.belongings.iter();
        let names: Vec<_> = belongings.map(|belonging| quoted(&belonging.name)).collect();
        self.check(&format!(
            "(SELECT count(*) FROM sqlite_master\n    \
             WHERE tbl_name = {old} AND type <> 'table' AND sql IS NOT NULL AND name NOT IN ({})) = 0",
            names.join(", ")
        ));
    }

    fn add(&mut self, statement: &str) {
        let statement = statement.trim_end();
        self.text.push_str(statement);
        // A statement of others may end with a comment.
        let ends_with_comment = statement.lines().last().is_some_and(|line| line.contains("--"));
        self.text
            .push_str(if ends_with_comment { "\n;\n" } else { ";\n" });
    }

    fn check(&mut self, condition: &str) {
        self.add(&format!(
            "INSERT OR ROLLBACK INTO {} SELECT {condition}",
            self.checks
        ));
    }
}
