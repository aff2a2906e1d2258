//! The messages of writes that a constraint forbids.

/// The message for a unique field.
pub(super) const TAKEN: &str = "another row has this value already";

/// The message for any other constraint. SQLite tells neither which row refers to which, nor which column of a unique index over
/// several columns has the value.
pub(crate) const CONFLICT: &str = "the write conflicts with what is stored: another row has the same, a row that it refers to \
     is missing, others refer to it, or a rule of the table forbids it";

/// The message for a foreign key without its row.
pub(crate) const NOTHING_REFERRED: &str = "the row that it refers to does not exist";

/// The message for a row that other rows refer to.
pub(crate) const REFERRED: &str = "other rows refer to this row";

/// The message for a `CHECK` constraint.
pub(crate) const FORBIDDEN: &str = "a rule of the table forbids this value";

/// The message for a column that accepts no null, of a field that does.
pub(crate) const REQUIRED: &str = "the table requires a value here";

/// The message for an exclusion constraint.
pub(crate) const EXCLUDED: &str = "a constraint of the table forbids this row together with another one";

/// The message for a value that its column or an index can't hold.
pub(crate) const DOES_NOT_FIT: &str =
    "a value does not fit its column or an index on it: it is too long or out of range";

/// The messages that tell of no other row of the manager.
pub(super) const OF_NO_OTHER_ROW: [&str; 4] = [NOTHING_REFERRED, REFERRED, FORBIDDEN, REQUIRED];

/// The message of a conflict.
pub(super) fn conflict(manager: &str, field: Option<&str>, message: &str) -> String {
    match field {
        Some(field) => format!("`{manager}`.`{field}`: {message}"),
        None => format!("`{manager}`: {message}"),
    }
}
