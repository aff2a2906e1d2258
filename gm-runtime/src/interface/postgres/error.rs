//! Postgres' errors as errors of this crate.

use tokio_postgres::error::{DbError, SqlState};

use crate::error::Error;
use crate::manager::Description;

/// The error of a read, before it is decided whether the read is repeated.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The server's or the connection's.
    Database(tokio_postgres::Error),
    /// Any other, which is final.
    Failed(Error),
}

impl From<tokio_postgres::Error> for ReadError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The error of a statement on the rows of this manager.
pub(super) fn of_statement(description: &Description, error: &tokio_postgres::Error) -> Error {
    or_storage(
        error,
        &format!("a statement on the rows of `{}`", description.name()),
    )
}

/// [`Error::Unavailable`] for a temporary failure, else [`Error::Storage`] with this context.
pub(super) fn or_storage(error: &tokio_postgres::Error, context: &str) -> Error {
    // A prepared statement that a session does not have, or already has.
    if let Some("26000" | "42P05") = error.code().map(SqlState::code) {
        return Error::Configuration(format!(
            "{context}: {}; this looks like a pooler such as pgbouncer, which gives each transaction another session: set \
             `database_listen_url` to the URL of the server itself",
            described(error)
        ));
    }
    unavailable(error).unwrap_or_else(|| Error::storage(anyhow::anyhow!("{context}: {}", described(error))))
}

/// The error of a temporary failure: one that ends without a change of the request. `None` for any other failure.
pub(super) fn unavailable(error: &tokio_postgres::Error) -> Option<Error> {
    let Some(code) = error.code() else {
        return is_connection(error).then_some(Error::Unavailable(
            "the connection to the database server was lost",
        ));
    };
    let reason = match code.code() {
        "53300" => "the database server has no free connection (53300)",
        "57P03" => "the database server is starting or stopping (57P03)",
        "57P01" | "57P02" => "the database server is stopping or restarting",
        "57014" => "a statement was cancelled on the database server (57014)",
        "55P03" => {
            "another transaction has locked the rows or the table for longer than the busy timeout (55P03)"
        }
        "40001" | "40P01" => "another transaction wrote the same rows at the same time",
        "25006" => "the database is read-only, such as a standby (25006)",
        "53100" => "the disk of the database server is full (53100)",
        code if code.starts_with("53") => "the database server lacks memory or another resource",
        code if code.starts_with("57P") || code.starts_with("08") => {
            "the database server ended the connection"
        }
        _ => return None,
    };
    Some(Error::Unavailable(reason))
}

/// Whether the connection is gone, so that the statement may succeed on another one.
pub(super) fn is_broken(error: &tokio_postgres::Error) -> bool {
    match error.code().map(SqlState::code) {
        Some(code) => matches!(code, "57P01" | "57P02" | "57P03") || code.starts_with("08"),
        None => is_connection(error),
    }
}

/// Whether the server no longer accepts a prepared statement, since its table was changed or a pooler switched the server.
pub(super) fn is_stale_statement(error: &tokio_postgres::Error) -> bool {
    matches!(error.code().map(SqlState::code), Some("0A000" | "26000"))
}

/// Whether the statement was cancelled, by a request or at its time limit.
pub(super) fn is_cancelled(error: &tokio_postgres::Error) -> bool {
    error.code().map(SqlState::code) == Some("57014")
}

/// Whether the error is one of the connection: closed, or of its input and output.
fn is_connection(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    error.is_closed() || source.is_some_and(|source| source.is::<std::io::Error>())
}

/// The description of an error for logs. It names what the server names, and no values of rows.
pub(super) fn described(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => described_by_server(error),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

fn described_by_server(error: &DbError) -> String {
    let code = error.code().code();
    // The messages of other classes, and all details, may repeat values.
    let has_values = ["22", "23", "P0", "21", "44"]
        .iter()
        .any(|class| code.starts_with(class));
    let names = [
        ("schema", error.schema()),
        ("table", error.table()),
        ("column", error.column()),
        ("constraint", error.constraint()),
    ];
    let names = names.iter().filter_map(|(kind, name)| {
        let name = escaped((*name)?, MAX_NAME);
        Some(format!(", {kind} \"{name}\""))
    });
    let message = match has_values {
        true => String::new(),
        false => escaped(error.message(), MAX_MESSAGE),
    };
    let code = escaped(code, CODE);
    format!(
        "the database server reported {code} {message}{}",
        names.collect::<String>()
    )
}

/// The most characters of what a server reports.
const MAX_MESSAGE: usize = 300;
pub(super) const MAX_NAME: usize = 64;
const CODE: usize = 5;

/// The beginning of a text of the server, on one line.
pub(super) fn escaped(text: &str, most: usize) -> String {
    text.chars().take(most).flat_map(char::escape_debug).collect()
}
