//! Drafts of rows that are created or updated.

use crate::field::{IntoField, Value};
use crate::interface::Write;
use crate::manager::Values;

/// The kind of a [`Draft`]: it creates a row ([`Insert`]) or updates one ([`Patch`]).
#[doc(hidden)]
pub trait WriteKind: Send + Sync + 'static {
    /// A write of these values.
    #[doc(hidden)]
    fn write(self, values: Values) -> PendingWrite;
}

/// A write that is not sent yet, without the kind of its draft.
#[doc(hidden)]
#[derive(Debug)]
pub struct PendingWrite(pub(super) Write);

/// The kind of a [`Draft`] that creates a row.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Insert;

/// The kind of a [`Draft`] that updates a row.
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

/// The values of a write. The derive wraps it in the manager's draft, which has the setters. It does not have the manager's type,
/// so that it is compiled once.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Draft<K> {
    kind: K,
    values: Values,
}

impl Draft<Insert> {
    /// A create.
    #[must_use]
    pub fn insert() -> Self {
        Self {
            kind: Insert,
            values: Values::new(),
        }
    }
}

impl Draft<Patch> {
    /// An update of the row with this id.
    #[must_use]
    pub fn patch(id: Value) -> Self {
        Self {
            kind: Patch { id },
            values: Values::new(),
        }
    }
}

impl<K> Draft<K> {
    /// Sets the value of the field with this index.
    #[must_use]
    pub fn set<T>(mut self, field: u16, value: T, into: fn(T) -> Value) -> Self {
        self.values.set(field, into(value));
        self
    }

    /// Sets the value of the field with this index, converted by [`IntoField`].
    #[must_use]
    pub fn set_from<T>(self, field: u16, value: impl IntoField<T>, into: fn(T) -> Value) -> Self {
        self.set(field, value.into_field(), into)
    }

    /// Sets the reason of the write.
    #[must_use]
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        self.values.set_history_comment(Some(comment.into()));
        self
    }

    /// The write of this draft.
    #[must_use]
    pub fn into_write(self) -> PendingWrite
    where
        K: WriteKind,
    {
        self.kind.write(self.values)
    }
}
