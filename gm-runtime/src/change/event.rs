//! A committed change.

use std::sync::Arc;

use crate::field::{FieldType, Value};
use crate::manager::{Description, FieldSet, Record};

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
}

/// A committed change of a manager's rows.
#[derive(Clone)]
pub struct Change {
    action: Action,
    id: Option<Value>,
    images: Option<Arc<Images>>,
}

/// The row before and after a change. They are made only if callers differ in the rows or fields that they may read, and stay
/// within the owner.
#[derive(Clone)]
pub(crate) struct Images {
    /// The manager whose fields the images have.
    description: &'static Description,
    /// `None` for a row that was created.
    pub(crate) before: Option<Record>,
    /// `None` for a row that was deleted.
    pub(crate) after: Option<Record>,
    /// The fields that an update changed, if the rows have only the [fields that are judged](Description::judged_fields).
    changed: Option<FieldSet>,
}

impl Images {
    /// The row before and after the change, as far as they exist.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Record> + Clone {
        self.before.iter().chain(&self.after)
    }

    /// Adds the images to a change of this manager, if its changes are judged with them. Nothing is added if an image
    /// is missing that the action has, such as the row before an update. The row may have been in sight then.
    pub(crate) fn add(
        change: Change,
        description: &'static Description,
        before: Option<&Record>,
        after: Option<&Record>,
    ) -> Change {
        let is_whole = match change.action {
            Action::Create => after.is_some(),
            Action::Update => before.is_some() && after.is_some(),
            Action::Delete => before.is_some(),
            Action::Refresh => false,
        };
        if !description.judges_changes() || !is_whole {
            return change;
        }
        Self {
            description,
            before: before.cloned(),
            after: after.cloned(),
            changed: None,
        }
        .of(change)
    }

    /// Adds images that have only the [fields that are judged](Description::judged_fields) to a change of this manager.
    /// The other fields are null. `changed` has the fields that an update changed.
    pub(crate) fn add_judged(
        change: Change,
        description: &'static Description,
        before: Option<Record>,
        after: Option<Record>,
        changed: FieldSet,
    ) -> Change {
        Self {
            description,
            before,
            after,
            changed: Some(changed),
        }
        .of(change)
    }

    /// Adds to a refresh that updates changed these fields alone, if callers differ in the fields that they may read, and not in the
    /// rows.
    pub(crate) fn add_changed_fields(
        refresh: Change,
        description: &'static Description,
        changed: FieldSet,
    ) -> Change {
        if !description.has_hidden_fields() || description.has_row_rule() {
            return refresh;
        }
        let row = Record::new(vec![Value::Null; description.fields().len()]);
        Self::add_judged(refresh, description, Some(row.clone()), Some(row), changed)
    }

    /// One refresh in place of two changes of this manager.
    pub(crate) fn fold(one: &Change, other: &Change, description: &'static Description) -> Change {
        let updated = |change: &'_ Change| {
            let images = change.images(description)?;
            let (before, after) = (images.before.as_ref()?, images.after.as_ref()?);
            let is_changed = |field: u16| match &images.changed {
                Some(changed) => changed.contains(field),
                None => before.get(field) != after.get(field),
            };
            Some(FieldSet::of(description, is_changed))
        };
        match (updated(one), updated(other)) {
            (Some(one), Some(other)) => {
                let changed = FieldSet::of(description, |field| one.contains(field) || other.contains(field));
                Self::add_changed_fields(Change::refresh(), description, changed)
            }
            _ => Change::refresh(),
        }
    }

    fn of(self, change: Change) -> Change {
        Change {
            images: Some(Arc::new(self)),
            ..change
        }
    }

    /// Whether an update changed one of these fields. True for a row that was created or deleted.
    pub(crate) fn changes_any(&self, fields: &FieldSet) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return true;
        };
        let is_changed = |(field, value): (u16, &Value)| match &self.changed {
            Some(changed) => changed.contains(field),
            None => after.get(field) != value,
        };
        let mut read = (0_u16..)
            .zip(before.values())
            .filter(|(field, _)| fields.contains(*field));
        fields.is_all() || read.any(is_changed)
    }
}

/// Shows no images, since a log must not contain rows.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("action", &self.action)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Change {
    fn eq(&self, other: &Self) -> bool {
        self.action == other.action && self.id == other.id
    }
}

impl Eq for Change {}

impl Change {
    /// A change of the row with this id.
    #[must_use]
    pub fn row(action: Action, id: Value) -> Self {
        Self {
            action,
            id: Some(id),
            images: None,
        }
    }

    /// A change after which any row may be different.
    #[must_use]
    pub fn refresh() -> Self {
        Self {
            action: Action::Refresh,
            id: None,
            images: None,
        }
    }

    /// The row before and after the change, with the fields of this manager. Without them it is unknown which callers may
    /// read the row. Two managers may show the same table by different fields, so the images of one say nothing of the other.
    pub(crate) fn images(&self, description: &'static Description) -> Option<&Images> {
        let images = self.images.as_deref()?;
        std::ptr::eq(images.description, description).then_some(images)
    }

    /// The same change as this kind of change, without images. A change without an id is a refresh.
    pub(crate) fn as_action(&self, action: Action) -> Self {
        match (action, &self.id) {
            (Action::Create | Action::Update | Action::Delete, Some(id)) => Self::row(action, id.clone()),
            _ => Self::refresh(),
        }
    }

    /// The kind of the change.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The row's id. `None` for a refresh.
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
        let id = change.id.and_then(|id| Id::from_value(id).ok());
        match (change.action, id) {
            (Action::Create, Some(id)) => Self::Create(id),
            (Action::Update, Some(id)) => Self::Update(id),
            (Action::Delete, Some(id)) => Self::Delete(id),
            _ => Self::refresh(),
        }
    }
}
