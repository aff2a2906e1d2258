//! The five operations.

/// What can be done with the rows of a manager.
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
    /// The operation's name in attributes: `filter`, `detail`, `create`, `update` or `delete`.
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
