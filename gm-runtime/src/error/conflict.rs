//! The words of writes that a constraint forbids.

/// What is wrong with a value that no two rows may have.
pub(super) const TAKEN: &str = "another row has this value already";

/// What is wrong with a write that a constraint forbids, of which nothing tells more: SQLite says neither which row refers
/// to which nor, where several columns are unique together, whose value is taken.
pub(crate) const CONFLICT: &str = "the write conflicts with what is stored: another row has the same, a row that it refers to \
     is missing, others refer to it, or a rule of the table forbids it";

pub(super) fn conflict(manager: &str, field: Option<&str>, message: &str) -> String {
    match field {
        Some(field) => format!("`{manager}`.`{field}`: {message}"),
        None => format!("`{manager}`: {message}"),
    }
}
