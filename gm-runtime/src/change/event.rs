//! A committed change.

use crate::field::{FieldType, Value};

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A row was added.
    Create,
    /// A row was changed.
    Update,
    /// A row was removed.
    Delete,
    /// Anything may have changed.
    Refresh,
}

impl Action {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Refresh => "refresh",
        }
    }
}

/// A committed change of a manager's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    action: Action,
    id: Option<Value>,
}

impl Change {
    /// This happened to the row of this id.
    #[must_use]
    pub fn row(action: Action, id: Value) -> Self {
        Self { action, id: Some(id) }
    }

    /// Anything may have changed.
    #[must_use]
    pub fn refresh() -> Self {
        Self {
            action: Action::Refresh,
            id: None,
        }
    }

    /// What happened.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The row's id; absent when anything may have changed.
    ///
    /// ```
    /// # use gm_runtime::change::{Action, Change};
    /// # use gm_runtime::field::{FieldType as _, Value};
    /// # let change = Change::row(Action::Update, Value::Integer(42));
    /// let id = change.id().cloned().map(i64::from_value).transpose()?;
    /// assert_eq!(id, Some(42));
    /// # Ok::<(), gm_runtime::field::ValueError>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&Value> {
        self.id.as_ref()
    }
}

/// A change, with the id in its own type: what [`Changes`](crate::verbs::Changes) gives and
/// [`Gm::publish`](crate::Gm::publish) takes.
///
/// An event is a hint to read again. It says which row is different, and not what is different. It is no message: events are
/// not stored, an event may come twice, several may come as one [`Refresh`](Self::Refresh), and those of the time before a
/// subscription, or while a process was not running, never come. A program that must react to each change exactly once reads
/// the rows that were changed since it last did so, and takes an event as the signal to do it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event<Id> {
    /// The row of this id was added.
    Create(Id),
    /// The row of this id was changed.
    Update(Id),
    /// The row of this id was removed.
    Delete(Id),
    /// Anything may have changed.
    Refresh {
        /// How many events this one stands for, since they did not fit the reader's queue
        /// ([`change_queue`](crate::GmBuilder::change_queue)); 0 where it came as a refresh.
        coalesced: u64,
    },
}

impl<Id> Event<Id> {
    /// Anything may have changed.
    #[must_use]
    pub const fn refresh() -> Self {
        Self::Refresh { coalesced: 0 }
    }

    /// What happened.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Create(_) => Action::Create,
            Self::Update(_) => Action::Update,
            Self::Delete(_) => Action::Delete,
            Self::Refresh { .. } => Action::Refresh,
        }
    }

    /// The row's id; absent when anything may have changed.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        match self {
            Self::Create(id) | Self::Update(id) | Self::Delete(id) => Some(id),
            Self::Refresh { .. } => None,
        }
    }

    /// How many events this one stands for, since they did not fit the reader's queue; 0 where it is none of those.
    ///
    /// ```
    /// # use gm_runtime::change::Event;
    /// # let event = Event::<i64>::Refresh { coalesced: 300 };
    /// if event.coalesced() > 0 {
    ///     println!("{} changes came faster than they were read", event.coalesced());
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
    /// A change whose id is none of the manager's may be of anything.
    pub(crate) fn of(change: Change) -> Self {
        let id = change.id.and_then(|id| Id::from_value(id).ok());
        match (change.action, id) {
            (Action::Create, Some(id)) => Self::Create(id),
            (Action::Update, Some(id)) => Self::Update(id),
            (Action::Delete, Some(id)) => Self::Delete(id),
            _ => Self::refresh(),
        }
    }
}
