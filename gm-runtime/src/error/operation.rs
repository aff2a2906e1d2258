//! The operations of a manager.

/// An operation on the rows of a manager. Permissions allow or deny each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Reading the rows that match a query.
    Filter,
    /// Reading one row by its id.
    Detail,
    /// Adding a row.
    Create,
    /// Changing a row.
    Update,
    /// Removing a row.
    Delete,
}

impl Operation {
    /// The name of the operation in attributes: `filter`, `detail`, `create`, `update` or `delete`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Detail => "detail",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}
