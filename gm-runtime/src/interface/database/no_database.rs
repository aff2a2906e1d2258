//! The error if there is no database.

use crate::error::Error;
use crate::manager::Description;

/// The error of a manager whose rows are in a database.
pub(crate) fn no_database(description: &Description) -> Error {
    Error::Configuration(format!(
        "the rows of `{}` are in a database, and the builder has none: add `.database(\"sqlite://..\")` or `.database(\"postgres://..\")`",
        description.name()
    ))
}
