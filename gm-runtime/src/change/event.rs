//! A change with a typed id.

use super::{Action, Change};
use crate::field::FieldType;

/// A change with a typed id, which [`Changes`](crate::verbs::Changes) yields and [`Gm::publish`](crate::Gm::publish)
/// accepts.
///
/// An event is a hint to read again. It names the row, and does not say what is different.
///
/// It is not a message. Events are not stored. An event may arrive twice, and several events may arrive as one
/// [`Refresh`](Self::Refresh). Events from before the subscription, or while the process was not running, never arrive.
/// A program that must react to each change exactly once reads the rows that changed since its last read, and takes an
/// event as the signal to do so now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event<Id> {
    /// The row with this id was created.
    Create(Id),
    /// The row with this id was updated.
    Update(Id),
    /// The row with this id was deleted.
    Delete(Id),
    /// Any row may have changed.
    Refresh {
        /// How many events were coalesced into this one, since they did not fit the reader's queue
        /// ([`change_queue`](crate::GmBuilder::change_queue)). 0 for a refresh that was published as one.
        coalesced: u64,
    },
}

impl<Id> Event<Id> {
    /// An event after which any row may be different.
    #[must_use]
    pub const fn refresh() -> Self {
        Self::Refresh { coalesced: 0 }
    }

    /// The kind of the change.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Create(_) => Action::Create,
            Self::Update(_) => Action::Update,
            Self::Delete(_) => Action::Delete,
            Self::Refresh { .. } => Action::Refresh,
        }
    }

    /// The row's id. `None` for a refresh.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        match self {
            Self::Create(id) | Self::Update(id) | Self::Delete(id) => Some(id),
            Self::Refresh { .. } => None,
        }
    }

    /// How many events were coalesced into this one, since they did not fit the reader's queue. 0 for all other events.
    ///
    /// ```
    /// # use gm_runtime::change::Event;
    /// # let event = Event::<i64>::Refresh { coalesced: 300 };
    /// if event.coalesced() > 0 {
    ///     println!("{} changes arrived faster than they were read", event.coalesced());
    /// }
    /// ```
    #[must_use]
    pub const fn coalesced(&self) -> u64 {
        match self {
            Self::Refresh { coalesced } => *coalesced,
            Self::Create(_) | Self::Update(_) | Self::Delete(_) => 0,
        }
    }
}

impl<Id: FieldType> Event<Id> {
    /// The typed form of a change. An id of another type makes it a refresh.
    pub(crate) fn of(change: Change) -> Self {
        let id = change.id().cloned().and_then(|id| Id::from_value(id).ok());
        match (change.action(), id) {
            (Action::Create, Some(id)) => Self::Create(id),
            (Action::Update, Some(id)) => Self::Update(id),
            (Action::Delete, Some(id)) => Self::Delete(id),
            _ => Self::refresh(),
        }
    }
}
