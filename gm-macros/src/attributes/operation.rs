//! The five operations on rows.

/// An operation, as it is named in `allow_*` and `operations(..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Filter,
    Detail,
    Create,
    Update,
    Delete,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::Filter,
        Self::Detail,
        Self::Create,
        Self::Update,
        Self::Delete,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Detail => "detail",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}
