//! A table that is made anew has all its rows and all that it was, or it stays as it was.

use gm_runtime::{GeneralManager, GmBuilder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rusqlite::Connection;

use crate::Folder;
use crate::shell::{all, run_in_shell, run_on, statements};

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

const PARENTS: &str = "CREATE TABLE parents (id INTEGER PRIMARY KEY); INSERT INTO parents VALUES (1), (2);";

fn ids() -> Vec<&'static str> {
    vec![
        "id INTEGER PRIMARY KEY AUTOINCREMENT",
        "id INTEGER CONSTRAINT \"the key\" PRIMARY KEY ASC ON CONFLICT FAIL",
        "'id' INTEGER NOT NULL",
        "[id] BIGINT CONSTRAINT k PRIMARY KEY ON CONFLICT ABORT",
        "id \"big int); --\" UNIQUE",
        "pk INTEGER PRIMARY KEY, id INTEGER UNIQUE",
        "id TEXT PRIMARY KEY",
        "id TEXT NOT NULL COLLATE NOCASE PRIMARY KEY",
        "pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE",
        "id INT",
    ]
}

fn names() -> Vec<&'static str> {
    vec![
        "name TEXT NOT NULL",
        "name TEXT",
        "\"name\" NUMERIC NOT NULL DEFAULT 7",
        "name TEXT NOT NULL COLLATE NOCASE",
        "name TEXT COLLATE NOCASE UNIQUE ON CONFLICT IGNORE",
        "name NULL",
        "name VARCHAR(5) CONSTRAINT \"n n\" NOT NULL ON CONFLICT REPLACE DEFAULT \"new\"",
    ]
}

fn others() -> Vec<&'static str> {
    vec![
        "a TEXT DEFAULT \"new\"",
        "a2 TEXT DEFAULT new",
        "b \"odd ' type); DROP TABLE t; --\" DEFAULT -1.5e3",
        "b2 decimal (10, -2) DEFAULT +.5 /* a; comment */",
        "c TEXT COLLATE NOCASE UNIQUE",
        "d INTEGER DEFAULT 1 REFERENCES parents ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        "e INTEGER CONSTRAINT \"e's\" CHECK (e IS NULL OR e <> 0) DEFAULT (1 + 1)",
        "f AS (upper(name) || ';') STORED",
        "g GENERATED ALWAYS AS (length(name)) VIRTUAL UNIQUE",
        "h BLOB DEFAULT x'00ff'",
        "k DEFAULT unquoted -- a comment; here\n",
        "l TEXT NOT NULL DEFAULT ('a;' || char(10) || ')') COLLATE RTRIM",
        "\"m \"\"n\"\"\" ANY DEFAULT TRUE",
        "generated generated DEFAULT NULL",
    ]
}

fn constraints() -> Vec<&'static str> {
    vec![
        "PRIMARY KEY (id)",
        "PRIMARY KEY (id, name)",
        "CONSTRAINT u UNIQUE (name COLLATE NOCASE, id) ON CONFLICT ROLLBACK",
        "CHECK (name <> 'x;') CHECK (id IS NOT NULL)",
        "FOREIGN KEY (id) REFERENCES t (id) ON UPDATE NO ACTION",
    ]
}

fn belongings() -> Vec<&'static str> {
    vec![
        "CREATE INDEX by_name ON t (name COLLATE NOCASE DESC) WHERE id > 0 -- a comment",
        "CREATE UNIQUE INDEX by_both ON t (name, lower(id))",
        "CREATE UNIQUE INDEX t__name_unique ON t (id)",
        "CREATE TRIGGER noted AFTER INSERT ON t WHEN new.name <> ';' BEGIN INSERT INTO log VALUES (new.id); END",
        "CREATE TRIGGER other AFTER INSERT ON parents BEGIN UPDATE t SET name = name WHERE id = new.id; END",
        "CREATE VIEW v AS SELECT t.id, name FROM t",
        "CREATE TABLE children (t INTEGER REFERENCES t ON DELETE CASCADE)",
        "CREATE TABLE t__old (id)",
    ]
}

fn options() -> Vec<&'static str> {
    vec!["", "", "STRICT", "WITHOUT ROWID"]
}

prop_compose! {
    fn table()(
        id in select(ids()),
        name in select(names()),
        others in subsequence(others(), 0..4),
        constraints in subsequence(constraints(), 0..2),
        belongings in subsequence(belongings(), 0..5),
        options in select(options()),
        rows in vec((select(vec!["1", "2", "3", "44", "'005'", "'A'"]), select(vec!["'A'", "'a'", "'b'", "'007'", "1.5", "NULL"])), 0..5),
    ) -> (String, Vec<String>) {
        let lines: Vec<_> = [id, name].into_iter().chain(others).chain(constraints).collect();
        let mut script = format!("{PARENTS} CREATE TABLE log (id);\nCREATE TABLE t ({}\n) {options};\n", lines.join(",\n"));
        for belonging in belongings {
            script += &format!("{belonging}\n;\n");
        }
        let rows = rows.into_iter().map(|(id, name)| format!("INSERT INTO t (id, name) VALUES ({id}, {name});"));
        (script, rows.collect())
    }
}

/// What is in a file, to the letter.
fn whole(connection: &Connection) -> Vec<String> {
    let schema = "SELECT type || name || tbl_name || ifnull(sql, '') FROM sqlite_schema ORDER BY 1";
    let mut whole = all(connection, schema);
    whole.extend(rows(connection, "quote"));
    if let Ok(mut sequence) = connection.prepare("SELECT name || seq FROM sqlite_sequence ORDER BY 1") {
        let sequence = sequence.query_map([], |row| row.get(0)).unwrap();
        whole.extend(sequence.map(Result::unwrap));
    }
    whole
}

/// The rows as texts; the columns that the struct knows by this function.
fn rows(connection: &Connection, known: &str) -> Vec<String> {
    let columns = format!(
        "SELECT format('%s(\"%w\")', CASE WHEN name IN ('id', 'name') THEN '{known}' ELSE 'quote' END, name)
         FROM pragma_table_xinfo('t') WHERE name <> 'pages' AND hidden = 0 ORDER BY name"
    );
    let columns = all(connection, &columns);
    all(
        connection,
        &format!("SELECT {} FROM t ORDER BY 1", columns.join(" || ' ' || ")),
    )
}

/// What pragmas tell of the table, but for what the structs want of their own columns.
fn properties(connection: &Connection) -> Vec<String> {
    let mut told = all(
        connection,
        "SELECT format('%s %s %d %s %d %d', name, type, \"notnull\", ifnull(dflt_value, '-'), pk, hidden)
         FROM pragma_table_xinfo('t') WHERE name NOT IN ('id', 'name', 'pages') ORDER BY name",
    );
    told.extend(all(
        connection,
        "SELECT format('%s %s %s %s %s', \"from\", \"table\", \"to\", on_update, on_delete) FROM pragma_foreign_key_list('t')",
    ));
    // A key that becomes the row's number has no index any more.
    told.extend(all(
        connection,
        "SELECT format('%d %d', \"unique\", partial) || group_concat(format(' %s %s %d', x.name, coll, desc), ',')
         FROM pragma_index_list('t') l, pragma_index_xinfo(l.name) x
         WHERE x.key AND (l.origin <> 'pk' OR (SELECT count(*) FROM pragma_table_info('t') WHERE pk) > 1)
         GROUP BY l.name",
    ));
    told.extend(all(
        connection,
        "SELECT type || name || rtrim(sql, char(10)) FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 't'",
    ));
    told.extend(all(
        connection,
        "SELECT wr || strict FROM pragma_table_list('t') WHERE schema = 'main'",
    ));
    let statement = all(connection, "SELECT sql FROM sqlite_schema WHERE name = 't'");
    let parts = [
        "CHECK (e IS NULL OR e <> 0)",
        "\"e's\"",
        "CHECK (name <> 'x;')",
        "CHECK (id IS NOT NULL)",
        "(upper(name) || ';') STORED",
        "CONSTRAINT u",
        "ON CONFLICT ROLLBACK",
        "ON CONFLICT FAIL",
        "ON CONFLICT IGNORE",
        "DEFERRABLE INITIALLY DEFERRED",
    ];
    told.extend(
        parts
            .into_iter()
            .filter(|part| statement[0].contains(part))
            .map(str::to_owned),
    );
    told
}

/// What is there already must be there afterwards. More may be: indexes that the struct wants.
fn lost(before: &[String], after: &[String]) -> Vec<String> {
    let mut after = after.to_vec();
    let is_lost = |one: &&String| match after.iter().position(|other| other == *one) {
        Some(place) => {
            after.swap_remove(place);
            false
        }
        None => true,
    };
    before.iter().filter(is_lost).cloned().collect()
}

/// Runs what is printed, of which one statement fails, and another time in the shell. Says whether the table was made anew.
fn keeps_all(
    table: &str,
    inserts: &[String],
    builder: fn(GmBuilder) -> GmBuilder,
    fails: Option<usize>,
) -> bool {
    let make = || {
        let folder = Folder::new();
        let other = folder.other();
        other.pragma_update(None, "synchronous", "OFF").unwrap();
        if other.execute_batch(table).is_err() {
            return None;
        }
        for insert in inserts {
            let _ = other.execute_batch(insert);
        }
        Some((folder, other))
    };
    let Some((folder, other)) = make() else {
        return false;
    };
    let print = |folder: &Folder| builder(folder.builder()).schema_changes().unwrap();
    let sql = print(&folder);
    if !sql.contains("RENAME TO") {
        return false;
    }
    let compared = |before: &Connection, after: &Connection| {
        if whole(before) == whole(after) {
            return false;
        }
        let lost_rows = lost(&rows(before, "gm_text"), &rows(after, "gm_text"));
        let lost_properties = lost(&properties(before), &properties(after));
        assert!(
            lost_rows.is_empty() && lost_properties.is_empty(),
            "{lost_rows:#?}\n{lost_properties:#?}\n{table}\n{sql}\n{:#?}",
            all(after, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        );
        true
    };
    let (_untouched, untouched) = make().unwrap();
    for connection in [&untouched, &other] {
        text_function(connection);
    }
    let (_whole, whole_script) = make().unwrap();
    let fits = run_on(&whole_script, &sql).is_empty();
    // A check may fail too, but not one that would have found something; nor does BEGIN, but in an open transaction.
    let protects = |statement: &str| statement.contains(" temp.") || statement.trim() == "BEGIN;";
    let may_fail = |statement: &&String| fits || !protects(statement);
    let script = statements(&sql);
    let failing: Vec<_> = script.iter().filter(may_fail).collect();
    let failing = fails.map(|fails| failing[fails % failing.len()]);
    let broken: String = script
        .iter()
        .map(|statement| match failing {
            Some(failing) if failing == statement => "SELECT it, fails;\n",
            _ => statement.as_str(),
        })
        .collect();
    other.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let errors = run_on(&other, &broken);
    if !other.is_autocommit() {
        other.execute_batch("ROLLBACK").unwrap();
    }
    let anew = compared(&untouched, &other);
    if fails.is_none() {
        assert_eq!(errors.is_empty(), anew, "{errors:?}\n{table}\n{sql}");
    }
    if anew && errors.is_empty() {
        // The difference is gone, and the same again changes nothing.
        let left = print(&folder);
        assert!(left.lines().all(|line| line.starts_with("--")), "{sql}\n{left}");
        let before = whole(&other);
        assert!(!run_on(&other, &sql).is_empty(), "{sql}");
        assert_eq!(whole(&other), before, "{sql}");
    }
    let (shell, _) = make().unwrap();
    if run_in_shell(&shell.path(), &broken) {
        let other = shell.other();
        text_function(&other);
        compared(&untouched, &other);
    }
    anew
}

/// A value as text, of whatever type it is there; null as the text that stands for it.
fn text_function(connection: &Connection) {
    use rusqlite::functions::FunctionFlags;
    use rusqlite::types::ValueRef;
    connection
        .create_scalar_function("gm_text", 1, FunctionFlags::SQLITE_UTF8, |context| {
            Ok(match context.get_raw(0) {
                ValueRef::Null => String::new(),
                ValueRef::Integer(value) => value.to_string(),
                ValueRef::Real(value) => value.to_string(),
                ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
            })
        })
        .unwrap();
}

const BUILDERS: [fn(GmBuilder) -> GmBuilder; 2] = [
    |builder| builder.manager::<Numbered>(),
    |builder| builder.manager::<Coded>(),
];

#[test]
fn whichever_statement_fails_nothing_is_lost() {
    let table =
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, e TEXT DEFAULT \"new\" UNIQUE);
         CREATE INDEX by_name ON t (name);
         CREATE TRIGGER noted AFTER INSERT ON t BEGIN DELETE FROM t WHERE id < 0; END;";
    let rows = ["INSERT INTO t (id, name, e) VALUES (1, 'A', 7)".to_owned()];
    for fails in 0..26 {
        keeps_all(table, &rows, BUILDERS[0], Some(fails));
    }
}

/// As SQLite takes them.
#[test]
fn what_is_declared_in_any_way_is_carried_over() {
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
        // In the fifth the key's columns are NOT NULL already.
        let anew = keeps_all(table, &rows, builder, None);
        assert_eq!(anew, !table.contains("WITHOUT"), "{table}");
    }
}

/// It was printed for another table than the one that is there when it is run.
#[test]
fn a_table_that_was_changed_since_stays_as_it_is() {
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
        // In an open transaction the pragmas do nothing, and rows of others would go with the table.
        other.execute_batch(prepare).unwrap();
        assert!(!run_on(&other, &sql).is_empty());
        assert_eq!(whole(&other), before, "{change} {prepare}");
        assert_eq!(all(&other, "SELECT 't' || t FROM children"), ["t1"]);
    }
}

/// The reason is printed in place of the SQL, which could not carry it over.
#[test]
fn a_table_that_can_not_be_carried_over_is_not_made_anew() {
    let name = "name TEXT NOT NULL";
    for (table, belonging, builder, reason) in [
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
        run_on(&other, &format!("CREATE TABLE t ({table}); {belonging}"));
        let sql = BUILDERS[builder](folder.builder()).schema_changes().unwrap();
        assert!(!sql.contains("DROP TABLE"), "{sql}");
        let said = sql.split_once("rebuilt, and no SQL is printed for that: ");
        assert!(said.is_some_and(|(_, said)| said.contains(reason)), "no `{reason}` in:\n{sql}");
    }
}

/// Text that only looks like the number that it would become, and a number that has no text of its own.
#[test]
fn a_value_that_would_become_another_stays() {
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
fn digits_that_a_double_does_not_hold_stay() {
    for (name, fits) in [
        ("'1.50'", true),
        ("'-12'", true),
        ("'1e3'", true),
        ("'9007199254740992'", true),
        ("'9007199254740993'", false),
        ("'99999999999999999999'", false),
        ("'007'", false),
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

/// Shells from 3.41 on take no names for text when they read or make a table.
#[test]
fn a_table_that_the_shell_does_not_take_stays() {
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

/// FTS5 and others know rows by the number that SQLite gives them, also where no column is called so.
#[test]
fn rows_keep_their_numbers() {
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
async fn a_warning_alone_makes_no_table_anew() {
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
        keeps_all(&table, &rows, builder, fails);
    }
}
