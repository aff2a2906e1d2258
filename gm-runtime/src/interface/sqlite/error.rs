//! What SQLite's errors mean.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::error::Error;
use crate::manager::{Description, FieldDescription};

/// An error of a read or a write of this manager's rows.
pub(super) fn of(description: &Description, error: rusqlite::Error) -> Error {
    match &error {
        rusqlite::Error::SqliteFailure(failure, message) if is_conflict(failure) => Error::taken(
            description.name(),
            field_in(description, message.as_deref().unwrap_or_default()),
        ),
        _ => general(&error).unwrap_or_else(|| {
            failed(
                error,
                &format!("a statement on the rows of `{}`", description.name()),
            )
        }),
    }
}

/// The field in `UNIQUE constraint failed: table.column`. A constraint on several columns names no field.
fn field_in(description: &Description, message: &str) -> Option<&'static str> {
    let (_, place) = message.split_once("UNIQUE constraint failed: ")?;
    let table = description.table()?;
    let names = |field: &&FieldDescription| {
        // Not taken apart: a name may have a point in it.
        place.eq_ignore_ascii_case(&format!("{table}.{}", field.column()))
    };
    description
        .fields()
        .iter()
        .find(names)
        .map(FieldDescription::name)
}

/// What passes by itself or by making room, whatever was asked.
pub(super) fn general(error: &rusqlite::Error) -> Option<Error> {
    match error.sqlite_error_code()? {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Error::Unavailable(
            "another process has locked the database for longer than the busy timeout",
        )),
        // Only a read is, which says itself whether its time was over.
        ErrorCode::OperationInterrupted => Some(Error::Unavailable("a read was interrupted")),
        ErrorCode::DiskFull => Some(Error::Unavailable("the disk is full")),
        _ => None,
    }
}

pub(super) fn failed(error: rusqlite::Error, what: &str) -> Error {
    Error::storage(anyhow::Error::new(error).context(what.to_owned()))
}

/// The constraints that a row can break. A null or a type that the table does not take is a schema that does not
/// fit its manager, which is no row's fault.
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
