//! Random tables with every kind of column, constraint, index and trigger.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

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

fn dependents() -> Vec<&'static str> {
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
    pub(crate) fn table()(
        id in select(ids()),
        name in select(names()),
        others in subsequence(others(), 0..4),
        constraints in subsequence(constraints(), 0..2),
        dependents in subsequence(dependents(), 0..5),
        options in select(options()),
        rows in vec((select(vec!["1", "2", "3", "44", "'005'", "'A'"]), select(vec!["'A'", "'a'", "'b'", "'007'", "1.5", "NULL"])), 0..5),
    ) -> (String, Vec<String>) {
        let lines: Vec<_> = [id, name].into_iter().chain(others).chain(constraints).collect();
        let mut script = format!("{PARENTS} CREATE TABLE log (id);\nCREATE TABLE t ({}\n) {options};\n", lines.join(",\n"));
        for dependent in dependents {
            script += &format!("{dependent}\n;\n");
        }
        let rows = rows.into_iter().map(|(id, name)| format!("INSERT INTO t (id, name) VALUES ({id}, {name});"));
        (script, rows.collect())
    }
}
