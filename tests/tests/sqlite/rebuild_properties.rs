//! A rebuilt table has all its rows and properties, or it stays unchanged.

use gm_runtime::{GeneralManager, GmBuilder};
use proptest::prelude::*;
use proptest::sample::select;

use crate::Folder;
use crate::random_tables::table;
use crate::rebuild_check::{rebuild_loses_nothing, whole};
use crate::shell::{all, run_on};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "t")]
struct Numbered {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "t")]
struct Coded {
    #[field(id)]
    id: String,
    #[field(unique)]
    name: Option<String>,
    #[field(default, index)]
    pages: i32,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "t")]
struct Weighed {
    #[field(id)]
    id: i64,
    name: f64,
}

const BUILDERS: [fn(GmBuilder) -> GmBuilder; 2] = [
    |builder| builder.manager::<Numbered>(),
    |builder| builder.manager::<Coded>(),
];

#[test]
fn a_failure_of_any_statement_loses_nothing() {
    let table =
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, e TEXT DEFAULT \"new\" UNIQUE);
         CREATE INDEX by_name ON t (name);
         CREATE TRIGGER noted AFTER INSERT ON t BEGIN DELETE FROM t WHERE id < 0; END;";
    let rows = ["INSERT INTO t (id, name, e) VALUES (1, 'A', 7)".to_owned()];
    for fails in 0..26 {
        rebuild_loses_nothing(table, &rows, BUILDERS[0], Some(fails));
    }
}

/// SQLite accepts each of these.
#[test]
fn every_kind_of_declaration_is_carried_over() {
    let rows = [
        "INSERT INTO t (id, name) VALUES (1, 'A')",
        "INSERT INTO t (id, name) VALUES (7, 'a')",
        "INSERT INTO children VALUES (1)",
    ];
    let rows = rows.map(str::to_owned);
    for (table, builder) in [
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, status TEXT NOT NULL DEFAULT 'b', e TEXT DEFAULT \"new\")",
            0,
        ),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, e \"x); DELETE FROM t; --\" DEFAULT new, f \"a,b\")", 0),
        ("CREATE TABLE t (id BIGINT, name TEXT NOT NULL, c TEXT COLLATE NOCASE, UNIQUE (c), CHECK (name <> c), PRIMARY KEY (id))", 0),
        (
            "CREATE TABLE t (pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, name TEXT UNIQUE, pages INTEGER NOT NULL DEFAULT 1);
             CREATE TABLE children (t INTEGER REFERENCES t (pk));
             CREATE TRIGGER renamed AFTER UPDATE OF name ON t BEGIN DELETE FROM children WHERE t = new.pk; END",
            1,
        ),
        (
            "CREATE TABLE t (a INTEGER DEFAULT 1, id TEXT UNIQUE, name TEXT UNIQUE, pages INTEGER NOT NULL DEFAULT 1, b AS (id || a),
                 PRIMARY KEY (a, id) ON CONFLICT REPLACE) WITHOUT ROWID;
             CREATE TABLE children (a, b, FOREIGN KEY (a, b) REFERENCES t)",
            1,
        ),
    ] {
        let builder = BUILDERS[builder];
        // In the fifth table the columns of the key are NOT NULL already.
        let anew = rebuild_loses_nothing(table, &rows, builder, None);
        assert_eq!(anew, !table.contains("WITHOUT"), "{table}");
    }
}

/// The table changes between the printing and the run of the SQL.
#[test]
fn a_table_that_changed_after_printing_stays_unchanged() {
    for (change, prepare) in [
        ("ALTER TABLE t ADD COLUMN since TEXT DEFAULT 'kept'", ""),
        ("CREATE INDEX since ON t (name)", ""),
        (
            "CREATE TRIGGER since AFTER INSERT ON t BEGIN DELETE FROM t WHERE id < 0; END",
            "",
        ),
        ("", "PRAGMA foreign_keys = ON; BEGIN;"),
    ] {
        let folder = Folder::new();
        let other = folder.other();
        let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'A');
             CREATE TABLE children (t INTEGER REFERENCES t ON DELETE CASCADE); INSERT INTO children VALUES (1);";
        other.execute_batch(table).unwrap();
        let sql = folder.builder().manager::<Numbered>().schema_changes().unwrap();
        assert!(sql.contains("DROP TABLE"), "{sql}");
        other.execute_batch(change).unwrap();
        let before = whole(&other);
        // In an open transaction the pragmas have no effect, and rows of other tables would be deleted with the table.
        other.execute_batch(prepare).unwrap();
        assert!(!run_on(&other, &sql).is_empty());
        assert_eq!(whole(&other), before, "{change} {prepare}");
        assert_eq!(all(&other, "SELECT 't' || t FROM children"), ["t1"]);
    }
}

/// The reason is printed instead of SQL.
#[test]
fn a_table_that_can_not_be_carried_over_is_not_rebuilt() {
    let name = "name TEXT NOT NULL";
    for (table, dependent, builder, reason) in [
        (format!("pk INTEGER PRIMARY KEY, id INTEGER UNIQUE, {name}"), "", 0, "its primary key is `pk`"),
        (format!("id INTEGER, a, {name}, PRIMARY KEY (id, a)"), "", 0, "its primary key is `id`, `a`"),
        (format!("id INTEGER PRIMARY KEY, {name} COLLATE NOCASE UNIQUE"), "", 0, "the collation of `name`"),
        (
            format!("id INTEGER PRIMARY KEY, {name} COLLATE NOCASE"),
            "CREATE INDEX by_name ON t (name, id)",
            0,
            "is also that of the index `by_name`",
        ),
        (
            format!("id INTEGER PRIMARY KEY, {name} COLLATE NOCASE CHECK (name <> 'x')"),
            "",
            0,
            "`CHECK (name <> 'x')` of its statement would compare by another collation",
        ),
        (
            format!("id INTEGER PRIMARY KEY, {name} COLLATE NOCASE"),
            "CREATE TRIGGER noted AFTER INSERT ON t WHEN new.name = 'x' BEGIN DELETE FROM t; END",
            0,
            "the trigger `noted` would compare",
        ),
        ("id INTEGER PRIMARY KEY, name TEXT CHECK (t.name <> '')".to_owned(), "", 0, "no such column: t.name"),
        (
            "id TEXT UNIQUE, name TEXT UNIQUE, pages INTEGER NOT NULL, PRIMARY KEY (id, name)) WITHOUT ROWID; SELECT (1".to_owned(),
            "",
            1,
            "`name` is NOT NULL because it is part of the primary key",
        ),
        ("id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE".to_owned(), "", 1, "`id` is the rowid, which SQLite assigns"),
        (format!("id INTEGER PRIMARY KEY, {name}) WITHOUT ROWID; SELECT (1"), "", 0, "it is WITHOUT ROWID"),
    ] {
        let folder = Folder::new();
        let other = folder.other();
        run_on(&other, &format!("CREATE TABLE t ({table}); {dependent}"));
        let sql = BUILDERS[builder](folder.builder()).schema_changes().unwrap();
        assert!(!sql.contains("DROP TABLE"), "{sql}");
        let said = sql.split_once("rebuilt, and no SQL is printed for that: ");
        assert!(said.is_some_and(|(_, said)| said.contains(reason)), "no `{reason}` in:\n{sql}");
    }
}

/// Text that only looks like a number, and a number without an exact text.
#[test]
fn a_value_that_would_change_stays() {
    for (id, name, row, fits) in [
        ("TEXT PRIMARY KEY", "TEXT NOT NULL", "'7', 'a'", true),
        ("TEXT PRIMARY KEY", "TEXT NOT NULL", "'007', 'a'", false),
        ("UNIQUE", "TEXT NOT NULL", "'007', 'a'", false),
        ("PRIMARY KEY", "TEXT NOT NULL", "7.5, 'a'", false),
        ("INTEGER PRIMARY KEY", "NUMERIC NOT NULL", "7, 0.5", true),
        ("INTEGER PRIMARY KEY", "NUMERIC NOT NULL", "7, x'00'", false),
    ] {
        let folder = Folder::new();
        let other = folder.other();
        let table = format!("CREATE TABLE t (id {id}, name {name}); INSERT INTO t VALUES ({row});");
        other.execute_batch(&table).unwrap();
        let sql = folder.builder().manager::<Numbered>().schema_changes().unwrap();
        let before = whole(&other);
        assert_eq!(run_on(&other, &sql).is_empty(), fits, "{table}\n{sql}");
        assert_eq!(whole(&other) == before, !fits, "{table}\n{sql}");
    }
}

#[test]
fn digits_that_a_double_can_not_hold_stay() {
    for (name, fits) in [
        ("'1.50'", true),
        ("'-12'", true),
        ("'1e3'", true),
        ("'9007199254740992'", true),
        ("'9007199254740993'", false),
        ("'99999999999999999999'", false),
        ("'007'", false),
        ("'12345678901234567.25'", false),
        ("'0.1234567890123456789'", false),
        ("'1234567890.1234567891'", false),
        ("'-1234567.123456789012e-3'", false),
        ("'1e400'", false),
        ("'1e-400'", false),
        ("'1.23456789012345e-315'", false),
        ("' 0.10000000000000000000000000 '", true),
        ("'-0.000000123456789012345'", true),
        ("'1234567890.12345E+20'", true),
        ("'0e0'", true),
        // The spelling in which programs print doubles.
        ("'0.30000000000000004'", true),
        ("'-1.7976931348623157e+308'", true),
    ] {
        let folder = Folder::new();
        let other = folder.other();
        let table = format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO t VALUES (1, {name});"
        );
        other.execute_batch(&table).unwrap();
        let sql = folder.builder().manager::<Weighed>().schema_changes().unwrap();
        let before = whole(&other);
        assert_eq!(run_on(&other, &sql).is_empty(), fits, "{table}\n{sql}");
        assert_eq!(whole(&other) == before, !fits, "{table}\n{sql}");
    }
}

/// Shells from 3.41 on refuse double-quoted text when they read or create a table.
#[test]
fn a_table_that_the_shell_refuses_stays() {
    use rusqlite::config::DbConfig;
    let folder = Folder::new();
    let other = folder.other();
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> \"x\")); INSERT INTO t VALUES (1, 'a');";
    other.execute_batch(table).unwrap();
    let sql = folder.builder().manager::<Numbered>().schema_changes().unwrap();
    let before = whole(&other);
    let strict = folder.other();
    strict
        .set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)
        .unwrap();
    assert!(!run_on(&strict, &sql).is_empty());
    assert_eq!(whole(&other), before);
    assert!(run_on(&other, &sql).is_empty(), "{sql}");
}

/// FTS5 refers to rows by their rowid, even if no column is an alias of it.
#[test]
fn rows_keep_their_rowids() {
    let folder = Folder::new();
    let other = folder.other();
    let table = "CREATE TABLE t (rowid TEXT, id TEXT PRIMARY KEY, name TEXT UNIQUE, pages INTEGER NOT NULL DEFAULT 1);
         INSERT INTO t (id) VALUES ('a'), ('b'), ('c'); DELETE FROM t WHERE id = 'b';";
    other.execute_batch(table).unwrap();
    let sql = BUILDERS[1](folder.builder()).schema_changes().unwrap();
    other.execute_batch(&sql).unwrap();
    assert_eq!(
        all(&other, "SELECT id || _rowid_ FROM t ORDER BY id"),
        ["a1", "c3"]
    );
}

#[tokio::test]
async fn a_warning_alone_causes_no_rebuild() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL, b datetime)")
        .unwrap();
    let builder = || folder.builder().manager::<Numbered>();
    builder().build().await.unwrap();
    let sql = builder().schema_changes().unwrap();
    assert!(
        sql.contains("is not AUTOINCREMENT") && sql.contains("VARCHAR(9)"),
        "{sql}"
    );
    assert!(sql.lines().all(|line| line.starts_with("--")), "{sql}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_tables((table, rows) in table(), builder in select(BUILDERS.to_vec()), fails in proptest::option::of(0..40_usize)) {
        rebuild_loses_nothing(&table, &rows, builder, fails);
    }
}
