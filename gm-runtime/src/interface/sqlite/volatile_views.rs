//! Views whose rows change without a write, because they call a non-deterministic function.

use rusqlite::{Connection, OptionalExtension as _};

use super::resolve::{Resolved, object_type, resolve};
use super::sql_text::sql_text;
use super::tokenizer::{Token, tokenize};
use crate::error::Error;
use crate::manager::Description;

/// Functions whose results change without a change of a row.
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

/// Functions that read the clock if an argument says so, or if they have no arguments.
const TIME_FUNCTIONS: [&str; 7] = [
    "date",
    "datetime",
    "julianday",
    "strftime",
    "time",
    "timediff",
    "unixepoch",
];

/// The arguments that make them read the clock.
const CLOCK_ARGUMENTS: [&str; 3] = ["now", "subsec", "subsecond"];

/// Refuses `websocket_invalidation` on a view whose rows change without a write, since no event could report that.
pub(super) fn check_events(
    connection: &mut Connection,
    description: &'static Description,
    table: &str,
) -> Result<(), Error> {
    let has_events = description.api().is_some_and(|api| api.websocket_invalidation());
    if !has_events {
        return Ok(());
    }
    match volatile_function(connection, table) {
        Ok(None) => Ok(()),
        Ok(Some(function)) => Err(Error::Configuration(format!(
            "`{manager}` has `websocket_invalidation`, which reports every change, and its view `{table}` calls \
             `{function}`, so its rows change without a write: leave `websocket_invalidation` out, or let the view show the \
             values themselves and let the queries compare them",
            manager = description.name()
        ))),
        // The manager's own statements report a better error for a broken view.
        Err(_) => Ok(()),
    }
}

/// The function that changes the rows of a view without a write, if there is one.
fn volatile_function(connection: &mut Connection, view: &str) -> rusqlite::Result<Option<String>> {
    if object_type(connection, view)?.as_deref() != Some("view") {
        return Ok(None);
    }
    let Resolved { tables, functions } = resolve(connection, view)?;
    if let Some(function) = functions.iter().find(|function| is_one_of(function, &VOLATILE)) {
        return Ok(Some(function.clone()));
    }
    let time_functions: Vec<_> = functions
        .into_iter()
        .filter(|function| is_one_of(function, &TIME_FUNCTIONS))
        .collect();
    for name in tables.iter().map(String::as_str).chain([view]) {
        let definition = "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?1 COLLATE NOCASE";
        let definition = connection
            .query_row(definition, [name], |row| sql_text(row, 0))
            .optional()?
            .unwrap_or_default();
        let mut functions = time_functions.iter();
        if let Some(function) = functions.find(|function| reads_clock(&definition, function)) {
            return Ok(Some(function.clone()));
        }
    }
    Ok(None)
}

/// Whether a statement calls this function without arguments, or with an argument that means the current time.
fn reads_clock(statement: &str, function: &str) -> bool {
    let tokens = tokenize(statement);
    let mut calls = tokens.windows(2).enumerate().filter(|(_, call)| match call {
        [name, open] => is_name(name, function) && open.is_symbol('('),
        _ => false,
    });
    calls.any(|(position, _)| {
        let mut depth = 0_u32;
        let following = tokens.iter().skip(position.saturating_add(2));
        let mut arguments = following.take_while(|token| {
            if token.is_symbol('(') {
                depth = depth.saturating_add(1);
            } else if token.is_symbol(')') {
                match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => return false,
                }
            }
            true
        });
        let is_clock = |token: &Token<'_>| {
            CLOCK_ARGUMENTS
                .iter()
                .any(|word| is_name(token, word) && !token.is(word))
        };
        arguments
            .next()
            .is_none_or(|first| is_clock(first) || arguments.any(is_clock))
    })
}

/// Whether a token is this name, or quoted text with this content.
fn is_name(token: &Token<'_>, name: &str) -> bool {
    token
        .name_or_text()
        .is_some_and(|token| token.eq_ignore_ascii_case(name))
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
