//! A committed change, and what is known of it.

use std::sync::Arc;

use super::{Action, Joined};
use crate::field::Value;
use crate::manager::{Description, FieldSet, Record};

/// A committed change of a manager's rows.
#[derive(Clone)]
pub struct Change {
    action: Action,
    id: Option<Value>,
    images: Option<Arc<Images>>,
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

    /// What is left of this change and a later one of the same row, where no one has seen the row in between. `None` for changes
    /// that are not of one row, or of a manager whose callers see the same rows.
    pub(crate) fn join(&self, later: &Self, description: &'static Description) -> Option<Joined<Self>> {
        if !description.has_row_rule() || self.id.is_none() || self.id != later.id {
            return None;
        }
        let Joined::One(action) = self.action.join(later.action)? else {
            return Some(Joined::Nothing);
        };
        let images = match (self.images(description), later.images(description)) {
            (Some(one), Some(later)) => Some(Arc::new(Images::joined(one.clone(), later.clone()))),
            _ => None,
        };
        let id = self.id.clone();
        Some(Joined::One(Self { action, id, images }))
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

/// What is known of a change: the row before and after it, or the fields that it changed. It is made only if callers differ in the
/// rows or fields that they may read, and stays within the owner.
#[derive(Clone)]
pub(crate) struct Images {
    /// The manager whose fields the images have.
    description: &'static Description,
    /// `None` for a row that was created.
    pub(crate) before: Option<Record>,
    /// `None` for a row that was deleted.
    pub(crate) after: Option<Record>,
    /// The fields that an update changed, if the rows have only the [fields that are judged](Description::judged_fields), or are
    /// not known.
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

    /// Adds to a change that it updated these fields alone, in rows that are not known, if callers differ in the fields that they
    /// may read.
    pub(crate) fn add_changed_fields(
        change: Change,
        description: &'static Description,
        changed: FieldSet,
    ) -> Change {
        if !description.has_hidden_fields() {
            return change;
        }
        Self::add_judged(change, description, None, None, changed)
    }

    /// Whether the row before or after the change is known.
    pub(crate) fn has_rows(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }

    /// The fields that an update changed. `None` for a row that was created or deleted.
    fn updated_fields(&self) -> Option<FieldSet> {
        match (&self.changed, &self.before, &self.after) {
            (Some(changed), None, None) | (Some(changed), Some(_), Some(_)) => Some(changed.clone()),
            (None, Some(before), Some(after)) => {
                let is_changed = |field: u16| before.get(field) != after.get(field);
                Some(FieldSet::of(self.description, is_changed))
            }
            _ => None,
        }
    }

    /// One refresh in place of two changes of this manager.
    pub(crate) fn fold(one: &Change, other: &Change, description: &'static Description) -> Change {
        let updated = |change: &Change| change.images(description)?.updated_fields();
        match (updated(one), updated(other)) {
            (Some(one), Some(other)) => {
                let changed = FieldSet::of(description, |field| one.contains(field) || other.contains(field));
                Self::add_changed_fields(Change::refresh(), description, changed)
            }
            _ => Change::refresh(),
        }
    }

    /// The images of two changes of one row, one after the other.
    fn joined(one: Self, later: Self) -> Self {
        // Two whole rows tell which fields are different.
        let is_whole = one.changed.is_none() && later.changed.is_none();
        Self {
            description: one.description,
            before: one.before,
            after: later.after,
            changed: (!is_whole).then_some(FieldSet::ALL),
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
        if fields.is_all() {
            return true;
        }
        let Some(changed) = &self.changed else {
            let (Some(before), Some(after)) = (&self.before, &self.after) else {
                return true;
            };
            let mut read = (0_u16..)
                .zip(before.values())
                .filter(|(field, _)| fields.contains(*field));
            return read.any(|(field, value)| after.get(field) != value);
        };
        if self.before.is_some() != self.after.is_some() {
            return true;
        }
        let mut every = (0_u16..).take(self.description.fields().len());
        every.any(|field| fields.contains(field) && changed.contains(field))
    }
}
