//! The types of ids.

use uuid::Uuid;

use super::NotNull;

/// A type of ids: `i64`, which the database assigns, or `String` or `Uuid`, which the creator of the row gives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the type of an id",
    label = "not an id type",
    note = "an id is an `i64` (assigned by the database), or a `String` or `uuid::Uuid` (given by the creator)"
)]
pub trait IdType:
    NotNull + Clone + PartialEq + Eq + std::hash::Hash + std::fmt::Debug + std::fmt::Display
{
    /// Whether the database assigns the id of a new row.
    const ASSIGNED: bool;
}

impl IdType for i64 {
    const ASSIGNED: bool = true;
}
impl IdType for String {
    const ASSIGNED: bool = false;
}
impl IdType for Uuid {
    const ASSIGNED: bool = false;
}
