//! Which tables and functions a view uses, as SQLite resolves them.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension as _};

use crate::interface::sql::SqlDialect;

/// The tables and functions that a view uses, directly or through other views.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) tables: Vec<String>,
    pub(super) functions: Vec<String>,
}

/// The type of a schema object: `table`, `view`, `virtual` or `shadow`.
pub(super) fn object_type(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT type FROM pragma_table_list(?1) WHERE schema = 'main'")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Prepares a query of the view, during which SQLite asks the authorizer about each table and function.
pub(super) fn resolve(connection: &mut Connection, view: &str) -> rusqlite::Result<Resolved> {
    let resolved = Arc::new(Mutex::new(Resolved::default()));
    let recorder = Arc::clone(&resolved);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        let mut resolved = recorder.lock().unwrap_or_else(PoisonError::into_inner);
        match context.action {
            AuthAction::Read { table_name, .. } => add_once(&mut resolved.tables, table_name),
            AuthAction::Function { function_name } => add_once(&mut resolved.functions, function_name),
            _ => {}
        }
        Authorization::Allow
    }))?;
    let statement = format!("SELECT * FROM {}", SqlDialect::Sqlite.quote(view));
    let prepared = connection.prepare(&statement).map(drop);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    prepared?;
    Ok(std::mem::take(
        &mut *resolved.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

fn add_once(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        names.push(name.to_owned());
    }
}
