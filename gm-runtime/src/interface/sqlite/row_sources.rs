//! What a manager's rows are read from: its table, or what its view reads, as SQLite itself resolves it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension as _};

use super::side_effects::text;
use super::tokens::{Token, tokens};
use crate::error::Error;
use crate::interface::sql::SqlDialect;
use crate::manager::Description;

/// Virtual tables that read nothing but their arguments.
const PURE: [&str; 2] = ["json_each", "json_tree"];

/// Functions whose results change although no row does.
const VOLATILE: [&str; 8] = [
    "changes",
    "current_date",
    "current_time",
    "current_timestamp",
    "last_insert_rowid",
    "random",
    "randomblob",
    "total_changes",
];

/// Functions that read the clock where their arguments say so, or are missing.
const OF_TIME: [&str; 7] = [
    "date",
    "datetime",
    "julianday",
    "strftime",
    "time",
    "timediff",
    "unixepoch",
];

/// What those arguments are.
const CLOCK: [&str; 3] = ["now", "subsec", "subsecond"];

/// What a manager's rows are read from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// From its own table alone.
    #[default]
    Table,
    /// From these tables and views: it is a view.
    Tables(Vec<String>),
    /// From what SQLite does not name: a virtual table may read any other.
    Anything,
}

/// What a statement reads and calls.
#[derive(Default)]
struct Resolved {
    tables: Vec<String>,
    functions: Vec<String>,
}

impl Source {
    /// Asks SQLite what this table or view reads. What can't be found out may be anything.
    pub(super) fn of(connection: &mut Connection, table: &str) -> Self {
        match kind(connection, table) {
            Ok(Some(kind)) if kind == "table" || kind == "shadow" => Self::Table,
            Ok(Some(kind)) if kind == "view" => Self::of_view(connection, table).unwrap_or_else(|error| {
                tracing::warn!(%error, "what the view `{table}` reads can't be found out: every change of the database is a \
                     refresh of its manager");
                Self::Anything
            }),
            _ => Self::Anything,
        }
    }

    fn of_view(connection: &mut Connection, view: &str) -> rusqlite::Result<Self> {
        let Resolved { tables, .. } = resolved(connection, view)?;
        for name in &tables {
            let is_told = match kind(connection, name)?.as_deref() {
                // The numbers that AUTOINCREMENT has given, which are written without a word.
                Some("table") => !name.eq_ignore_ascii_case("sqlite_sequence"),
                Some("view" | "shadow") => true,
                _ => PURE.iter().any(|pure| name.eq_ignore_ascii_case(pure)),
            };
            if !is_told {
                return Ok(Self::Anything);
            }
        }
        Ok(Self::Tables(tables))
    }

    /// Whether a change of this table may change the rows.
    pub(super) fn reads(&self, table: &str) -> bool {
        match self {
            Self::Table => false,
            Self::Tables(tables) => tables.iter().any(|name| name.eq_ignore_ascii_case(table)),
            Self::Anything => true,
        }
    }
}

/// Refuses a view whose rows change although nothing is written, where a websocket is to tell of every change.
pub(super) fn check_events(
    connection: &mut Connection,
    description: &'static Description,
    table: &str,
) -> Result<(), Error> {
    let promises = description.api().is_some_and(|api| api.websocket_invalidation());
    if !promises {
        return Ok(());
    }
    match volatile(connection, table) {
        Ok(None) => Ok(()),
        Ok(Some(function)) => Err(Error::Configuration(format!(
            "`{manager}` has `websocket_invalidation`, which tells of every change, and its view `{table}` calls \
             `{function}`, so that its rows change although nothing is written: leave `websocket_invalidation` out, or have \
             the view show the values themselves and let the queries compare them",
            manager = description.name()
        ))),
        // A statement of the manager's says better what is wrong with the view.
        Err(_) => Ok(()),
    }
}

/// The function by which the rows of a view change without a write.
fn volatile(connection: &mut Connection, view: &str) -> rusqlite::Result<Option<String>> {
    if kind(connection, view)?.as_deref() != Some("view") {
        return Ok(None);
    }
    let Resolved { tables, functions } = resolved(connection, view)?;
    if let Some(function) = functions.iter().find(|function| is_one_of(function, &VOLATILE)) {
        return Ok(Some(function.clone()));
    }
    let of_time: Vec<_> = functions
        .into_iter()
        .filter(|function| is_one_of(function, &OF_TIME))
        .collect();
    for name in tables.iter().map(String::as_str).chain([view]) {
        let made = "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?1 COLLATE NOCASE";
        let made = connection
            .query_row(made, [name], |row| text(row, 0))
            .optional()?
            .unwrap_or_default();
        if let Some(function) = of_time.iter().find(|function| reads_the_clock(&made, function)) {
            return Ok(Some(function.clone()));
        }
    }
    Ok(None)
}

/// Whether a statement calls this function without arguments, or with `now` anywhere in them.
fn reads_the_clock(statement: &str, function: &str) -> bool {
    let tokens = tokens(statement);
    let mut calls = tokens.windows(2).enumerate().filter(|(_, call)| match call {
        [name, open] => names(name, function) && open.is_sign('('),
        _ => false,
    });
    calls.any(|(place, _)| {
        let mut depth = 0_u32;
        let behind = tokens.iter().skip(place.saturating_add(2));
        let mut arguments = behind.take_while(|token| {
            if token.is_sign('(') {
                depth = depth.saturating_add(1);
            } else if token.is_sign(')') {
                match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => return false,
                }
            }
            true
        });
        let says_now = |token: &Token<'_>| CLOCK.iter().any(|word| names(token, word) && !token.is(word));
        arguments
            .next()
            .is_none_or(|first| says_now(first) || arguments.any(says_now))
    })
}

/// Whether a token is this name, or text in quotes that says it.
fn names(token: &Token<'_>, name: &str) -> bool {
    token
        .name_or_text()
        .is_some_and(|said| said.eq_ignore_ascii_case(name))
}

/// What this name is in the file: a table, a view, a virtual table or a part of one.
fn kind(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT type FROM pragma_table_list(?1) WHERE schema = 'main'")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// What SQLite looks up to read this view: it names each table and function while it resolves a statement, those within
/// other views too.
fn resolved(connection: &mut Connection, view: &str) -> rusqlite::Result<Resolved> {
    let noted = Arc::new(Mutex::new(Resolved::default()));
    let notes = Arc::clone(&noted);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        let mut noted = notes.lock().unwrap_or_else(PoisonError::into_inner);
        let Resolved { tables, functions } = &mut *noted;
        match context.action {
            AuthAction::Read { table_name, .. } => once(tables, table_name),
            AuthAction::Function { function_name } => once(functions, function_name),
            _ => {}
        }
        Authorization::Allow
    }))?;
    let statement = format!("SELECT * FROM {}", SqlDialect::Sqlite.quote(view));
    let prepared = connection.prepare(&statement).map(drop);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    prepared?;
    Ok(std::mem::take(
        &mut *noted.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

fn once(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        names.push(name.to_owned());
    }
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
