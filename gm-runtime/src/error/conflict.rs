//! The messages of writes that a constraint forbids.

/// The message for a unique field.
pub(super) const TAKEN: &str = "another row has this value already";

/// The message for any other constraint. SQLite tells neither which row refers to which, nor which column of a unique index over
/// several columns has the value.
pub(crate) const CONFLICT: &str = "the write conflicts with what is stored: another row has the same, a row that it refers to \
     is missing, others refer to it, or a rule of the table forbids it";

/// The message of a conflict.
pub(super) fn conflict(manager: &str, field: Option<&str>, message: &str) -> String {
    match field {
        Some(field) => format!("`{manager}`.`{field}`: {message}"),
        None => format!("`{manager}`: {message}"),
    }
}
