//! Checks that a rebuild loses nothing, whichever statement fails.

use gm_runtime::GmBuilder;
use rusqlite::Connection;

use crate::Folder;
use crate::shell::{all, run_in_shell, run_on, statements};

/// The exact content of a file.
pub(crate) fn whole(connection: &Connection) -> Vec<String> {
    let schema = "SELECT type || name || tbl_name || ifnull(sql, '') FROM sqlite_schema ORDER BY 1";
    let mut whole = all(connection, schema);
    whole.extend(rows(connection, "quote"));
    if let Ok(mut sequence) = connection.prepare("SELECT name || seq FROM sqlite_sequence ORDER BY 1") {
        let sequence = sequence.query_map([], |row| row.get(0)).unwrap();
        whole.extend(sequence.map(Result::unwrap));
    }
    whole
}

/// The rows as texts. The struct's columns are converted by this function.
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

/// The table's properties from pragmas, without those that the structs declare.
fn properties(connection: &Connection) -> Vec<String> {
    let mut properties = all(
        connection,
        "SELECT format('%s %s %d %s %d %d', name, type, \"notnull\", ifnull(dflt_value, '-'), pk, hidden)
         FROM pragma_table_xinfo('t') WHERE name NOT IN ('id', 'name', 'pages') ORDER BY name",
    );
    properties.extend(all(
        connection,
        "SELECT format('%s %s %s %s %s', \"from\", \"table\", \"to\", on_update, on_delete) FROM pragma_foreign_key_list('t')",
    ));
    // A key that becomes an alias of the rowid has no index any more.
    properties.extend(all(
        connection,
        "SELECT format('%d %d', \"unique\", partial) || group_concat(format(' %s %s %d', x.name, coll, desc), ',')
         FROM pragma_index_list('t') l, pragma_index_xinfo(l.name) x
         WHERE x.key AND (l.origin <> 'pk' OR (SELECT count(*) FROM pragma_table_info('t') WHERE pk) > 1)
         GROUP BY l.name",
    ));
    properties.extend(all(
        connection,
        "SELECT type || name || rtrim(replace(sql, '-- a comment', ''), char(10) || ' ') FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 't'",
    ));
    properties.extend(all(
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
    properties.extend(
        parts
            .into_iter()
            .filter(|part| statement[0].contains(part))
            .map(str::to_owned),
    );
    properties
}

/// The properties that are lost. New ones, such as the struct's indexes, are not.
fn lost(before: &[String], after: &[String]) -> Vec<String> {
    let mut after = after.to_vec();
    let is_lost = |one: &&String| match after.iter().position(|other| other == *one) {
        Some(position) => {
            after.swap_remove(position);
            false
        }
        None => true,
    };
    before.iter().filter(is_lost).cloned().collect()
}

/// Runs the printed SQL with one failing statement, and again in the shell. Returns whether the table was rebuilt.
pub(crate) fn rebuild_loses_nothing(
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
    // A check that would find a problem must not be the failing statement, nor `BEGIN`.
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
    let rebuilt = compared(&untouched, &other);
    if fails.is_none() {
        assert_eq!(errors.is_empty(), rebuilt, "{errors:?}\n{table}\n{sql}");
    }
    if rebuilt && errors.is_empty() {
        // The difference is gone, and a second run changes nothing.
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
    rebuilt
}

/// Any value as text. Null is the text of the backfill.
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
