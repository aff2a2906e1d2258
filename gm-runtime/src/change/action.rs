//! The kind of a change.

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A row was created.
    Create,
    /// A row was updated.
    Update,
    /// A row was deleted.
    Delete,
    /// Any row may have changed.
    Refresh,
}

impl Action {
    /// The name of the action on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Refresh => "refresh",
        }
    }

    /// The kind of a change of one row and a later one together. `None` for two that can't follow each other.
    pub(crate) const fn join(self, later: Self) -> Option<Joined<Self>> {
        match (self, later) {
            (Self::Create, Self::Delete) => Some(Joined::Nothing),
            (Self::Create, Self::Update) => Some(Joined::One(Self::Create)),
            (Self::Update, Self::Update) | (Self::Delete, Self::Create) => Some(Joined::One(Self::Update)),
            (Self::Update, Self::Delete) => Some(Joined::One(Self::Delete)),
            _ => None,
        }
    }
}

/// What is left of two changes of one row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined<C> {
    /// The row did not exist before them, and does not exist behind them.
    Nothing,
    One(C),
}
