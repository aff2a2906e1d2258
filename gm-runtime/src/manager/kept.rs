//! The fields that the owner keeps: the version of a row, and the times of its creation and its last update.

/// What the owner keeps in a field. No caller writes such a field, and neither does the owner's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kept {
    /// The version of the row: 1 for a new row, and 1 more with each update that changes something.
    Version,
    /// The time at which the row was created.
    Created,
    /// The time of the last update that changed something. For a new row, the time at which it was created. It never goes
    /// backwards, also if the clock does.
    Updated,
    /// The value that a method of the owner's struct returns. Only a consumer has such a field.
    Computed,
}

/// The version of a new row.
pub(crate) const FIRST_VERSION: i64 = 1;

/// The message for a value of a field that the owner keeps.
pub(crate) const KEPT: &str = "the owner keeps this field, so it can't be given";
