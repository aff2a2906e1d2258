//! Parses and prints the statement that created a table.
//!
//! Pragmas do not report everything about a table, such as `CHECK`, conflict clauses and the names of constraints. So a
//! rebuild uses the table's own statement. SQLite has already parsed the statement. Here it is only split into columns and
//! clauses, and unknown syntax makes the whole statement unknown.

mod clause;
mod reader;
mod statement;

pub(super) use self::clause::{Clause, ClauseKind};
pub(super) use self::statement::{Column, Statement};
#[cfg(fuzzing)]
use crate::interface::sqlite::tokenizer::{to_sql, tokenize};

/// A fuzz target: printing a parsed statement does not change it.
#[cfg(fuzzing)]
pub fn fuzz_statement(text: &str) {
    let read = tokenize(text);
    let again = to_sql(&read);
    assert_eq!(to_sql(&tokenize(&again)), again);
    let Some(statement) = Statement::parse(&read) else {
        return;
    };
    let names = |statement: &Statement<'_>| -> Vec<String> {
        statement
            .columns
            .iter()
            .map(|column| column.name().to_owned())
            .collect()
    };
    let created = statement.create("\"t\"", &[]);
    let read = tokenize(&created);
    let Some(again) = Statement::parse(&read) else {
        panic!("unknown syntax: {created}");
    };
    assert_eq!(names(&again), names(&statement), "{created}");
    assert_eq!(again.create("\"t\"", &[]), created);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Statement;
    use crate::interface::sqlite::tokenizer::tokenize;

    #[test]
    fn prints_a_statement_as_it_was() {
        for inside in [
            "a",
            "a INTEGER PRIMARY KEY ASC ON CONFLICT ABORT AUTOINCREMENT, 'b' \"x); DROP TABLE t; --\" (1, -2) DEFAULT new",
            "[a] unsigned big int CONSTRAINT x NOT NULL ON CONFLICT FAIL CONSTRAINT y CHECK (a IN (1, 2)) DEFAULT -1.5e-3 UNIQUE",
            "a TEXT DEFAULT (',' || ')') COLLATE nocase NULL, b AS (a || 'x') STORED, c INT GENERATED ALWAYS AS (1)",
            "a REFERENCES t (b) ON DELETE SET NULL ON UPDATE NO ACTION MATCH full NOT DEFERRABLE INITIALLY DEFERRED NOT NULL",
            "generated generated, b REFERENCES t DEFERRABLE UNIQUE, PRIMARY KEY (a, b COLLATE nocase DESC) ON CONFLICT IGNORE",
            "a, b, CONSTRAINT u UNIQUE (a) CHECK (a > 0), FOREIGN KEY (a) REFERENCES t ON DELETE CASCADE",
        ] {
            let text = format!("CREATE TABLE t ({inside}) WITHOUT ROWID, STRICT");
            let all = tokenize(&text);
            let statement = Statement::parse(&all).unwrap();
            let written = statement
                .create("t", &[])
                .replace("\n    ", "")
                .replace("\n)", ")");
            let spaces = |text: &str| text.replace(", ", ",");
            // The constraints of a table need no commas between them.
            let written = spaces(&written).replace("(a),CHECK", "(a) CHECK");
            assert_eq!(written, spaces(&text));
        }
    }

    #[test]
    fn refuses_unknown_syntax() {
        for text in [
            "CREATE VIEW t AS SELECT (1)",
            "CREATE VIRTUAL TABLE t USING fts5",
            "CREATE TABLE t (a, )",
            "CREATE TABLE t (a NOT TRUE)",
            "CREATE TABLE t (a, CHECK (a), b)",
            "CREATE TABLE t (a",
        ] {
            assert!(Statement::parse(&tokenize(text)).is_none(), "{text}");
        }
    }
}
