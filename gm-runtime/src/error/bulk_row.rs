//! The row that refused a write of many rows.

use super::IdText;

/// The row that refused a write of many rows, in [`Error::Bulk`](super::Error::Bulk).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BulkRow {
    /// The place of a new row among those of `create_many`, counted from 0.
    Place(u64),
    /// The id of a stored row that matches the query of `update_all` or `delete_all`.
    Id(IdText),
}

impl std::fmt::Display for BulkRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Place(place) => write!(f, "the new row at place {place} (counted from 0)"),
            Self::Id(id) => write!(f, "the row of id {id}"),
        }
    }
}
