//! SQLite's errors as errors of this crate.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::error::Error;
use crate::manager::{Description, FieldDescription};

/// The error of a statement on the rows of this manager.
pub(super) fn of_statement(description: &Description, error: rusqlite::Error) -> Error {
    match &error {
        rusqlite::Error::SqliteFailure(failure, message) if is_conflict(failure) => Error::taken(
            description.name(),
            field_in(description, message.as_deref().unwrap_or_default()),
        ),
        _ => or_storage(
            error,
            &format!("a statement on the rows of `{}`", description.name()),
        ),
    }
}

/// The field in `UNIQUE constraint failed: table.column`. A constraint on several columns names no field.
fn field_in(description: &Description, message: &str) -> Option<&'static str> {
    let (_, place) = message.split_once("UNIQUE constraint failed: ")?;
    let table = description.table()?;
    let is_named = |field: &&FieldDescription| {
        // The message is not split at the point, because names may contain one.
        place.eq_ignore_ascii_case(&format!("{table}.{}", field.column()))
    };
    description
        .fields()
        .iter()
        .find(is_named)
        .map(FieldDescription::name)
}

/// The error of a connection that can't be opened.
pub(super) fn cannot_open(error: rusqlite::Error) -> Error {
    or_storage(error, "the database can't be opened")
}

/// [`Error::Unavailable`] for a temporary failure, else [`Error::Storage`] with this context.
pub(super) fn or_storage(error: rusqlite::Error, context: &str) -> Error {
    unavailable(&error)
        .unwrap_or_else(|| Error::storage(anyhow::Error::new(error).context(context.to_owned())))
}

/// The error of a temporary failure: one that ends without a change of the request. `None` for any other failure.
pub(super) fn unavailable(error: &rusqlite::Error) -> Option<Error> {
    match error.sqlite_error_code()? {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Error::Unavailable(
            "another process has locked the database for longer than the busy timeout",
        )),
        // Only reads are interrupted. `Cancellation` reports a read that exceeded its time limit.
        ErrorCode::OperationInterrupted => Some(Error::Unavailable("a read was interrupted")),
        ErrorCode::DiskFull => Some(Error::Unavailable("the disk is full")),
        _ => None,
    }
}

/// Whether a row violated a constraint.
///
/// `NOT NULL` and the types of `STRICT` tables are not among them: there, the schema does not fit its manager.
fn is_conflict(failure: &ffi::Error) -> bool {
    matches!(
        failure.extended_code,
        ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID
            | ffi::SQLITE_CONSTRAINT_FOREIGNKEY
            | ffi::SQLITE_CONSTRAINT_CHECK
            | ffi::SQLITE_CONSTRAINT_TRIGGER
    )
}
