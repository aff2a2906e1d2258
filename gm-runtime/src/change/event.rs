//! A committed change.

use crate::field::Value;

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
