#![no_main]

mod shared;

use gm_runtime::__fuzz::statement;
use libfuzzer_sys::fuzz_target;

/// Statements with what SQLite allows in odd places.
const STATEMENTS: [&str; 4] = [
    r#"CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, e TEXT DEFAULT "new") STRICT"#,
    "create temp table if not exists [a b] (`x` varchar(10, 2) collate nocase not null on conflict ignore, y AS (x||'') stored)",
    "CREATE TABLE \"T\"\"\" (a -- ,)\n CHECK (a > ')'), b DEFAULT (1 + (2)), /* ( */ UNIQUE (a COLLATE \"C\", b)) WITHOUT ROWID",
    "CREATE TABLE c(p REFERENCES t(id) ON DELETE CASCADE, CONSTRAINT k FOREIGN KEY (p) REFERENCES t DEFERRABLE, PRIMARY KEY (p))",
];

fuzz_target!(
    init: shared::seed(&STATEMENTS.map(|statement| statement.as_bytes().to_vec())),
    |sql: &str| statement(sql)
);
