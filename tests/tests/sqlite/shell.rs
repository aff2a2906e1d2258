//! Runs SQL that continues after an error, as the shell of SQLite does with its standard input.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

/// Runs the statements one by one, and returns the errors.
pub(crate) fn run_on(connection: &Connection, sql: &str) -> Vec<String> {
    let failed = |statement: String| connection.execute_batch(&statement).err();
    let errors = statements(sql).into_iter().filter_map(failed);
    errors.map(|error| error.to_string()).collect()
}

/// Runs a script in the installed shell. Returns whether there is one.
pub(crate) fn run_in_shell(file: &Path, sql: &str) -> bool {
    let mut shell = Command::new("sqlite3");
    shell.arg(file).stdin(Stdio::piped()).stdout(Stdio::null());
    let Ok(mut shell) = shell.stderr(Stdio::null()).spawn() else {
        return false;
    };
    let mut input = shell.stdin.take().unwrap();
    input.write_all(sql.as_bytes()).unwrap();
    drop(input);
    shell.wait().unwrap();
    true
}

/// The strings of the first column.
pub(crate) fn all(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The script in statements: each ends with a semicolon that is in no quotes and no comment, a trigger with that behind its
/// `END`.
pub(crate) fn statements(sql: &str) -> Vec<String> {
    let (mut statements, mut statement, mut words) = (Vec::new(), String::new(), Vec::<String>::new());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let quote = match first {
            '[' => Some("]"),
            '\'' => Some("'"),
            '"' => Some("\""),
            '`' => Some("`"),
            _ if rest.starts_with("--") => Some("\n"),
            _ if rest.starts_with("/*") => Some("*/"),
            _ => None,
        };
        let length = match quote {
            Some(end) => rest[1..].find(end).map_or(rest.len(), |at| 1 + at + end.len()),
            None if first.is_alphanumeric() => {
                rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
            }
            None => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        statement.push_str(token);
        if quote.is_none() && first.is_alphanumeric() {
            words.push(token.to_ascii_uppercase());
        }
        let in_trigger = words.iter().take(3).any(|word| word == "TRIGGER");
        if token == ";" && (!in_trigger || words.last().is_some_and(|word| word == "END")) {
            statements.push(std::mem::take(&mut statement));
            words.clear();
        }
    }
    statements.push(statement);
    statements
}
