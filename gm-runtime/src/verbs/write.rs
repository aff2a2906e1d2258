//! Adding and changing rows.

use crate::field::{IntoField, Value};
use crate::interface::Write;
use crate::manager::Values;

/// What a [`Draft`] becomes: a new row ([`Insert`]) or a changed one ([`Patch`]).
#[doc(hidden)]
pub trait WriteKind: Send + Sync + 'static {
    /// The write of these values.
    #[doc(hidden)]
    fn write(self, values: Values) -> PendingWrite;
}

/// A write without its kind.
#[doc(hidden)]
#[derive(Debug)]
pub struct PendingWrite(pub(super) Write);

/// The kind of a [`Draft`] that becomes a new row.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Insert;

/// The kind of a [`Draft`] that changes a row.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Patch {
    id: Value,
}

impl WriteKind for Insert {
    fn write(self, values: Values) -> PendingWrite {
        PendingWrite(Write::Create(values))
    }
}

impl WriteKind for Patch {
    fn write(self, values: Values) -> PendingWrite {
        PendingWrite(Write::Update(self.id, values))
    }
}

/// The values of a row that is being written. The derive wraps it in the manager's own chain of setters, which knows the
/// manager's type: here it would be compiled for each.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Draft<K> {
    kind: K,
    values: Values,
}

impl Draft<Insert> {
    /// A new row.
    #[must_use]
    pub fn insert() -> Self {
        Self {
            kind: Insert,
            values: Values::new(),
        }
    }
}

impl Draft<Patch> {
    /// A change of the row of this id.
    #[must_use]
    pub fn patch(id: Value) -> Self {
        Self {
            kind: Patch { id },
            values: Values::new(),
        }
    }
}

impl<K> Draft<K> {
    /// Gives the field at this place a value.
    #[must_use]
    pub fn set<T>(mut self, field: u16, value: T, into: fn(T) -> Value) -> Self {
        self.values.set(field, into(value));
        self
    }

    /// The same for what can be made into such a value.
    #[must_use]
    pub fn set_from<T>(self, field: u16, value: impl IntoField<T>, into: fn(T) -> Value) -> Self {
        self.set(field, value.into_field(), into)
    }

    /// Says why the row is written.
    #[must_use]
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        self.values.set_history_comment(Some(comment.into()));
        self
    }

    /// The write that it is.
    #[must_use]
    pub fn into_write(self) -> PendingWrite
    where
        K: WriteKind,
    {
        self.kind.write(self.values)
    }
}
