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
pub struct PendingWrite {
    pub(super) write: Write,
    /// The version that the row must have.
    pub(super) expected_version: Option<i64>,
    /// The idempotency key that the application gives.
    pub(super) key: Option<String>,
}

impl From<Write> for PendingWrite {
    fn from(write: Write) -> Self {
        Self {
            write,
            expected_version: None,
            key: None,
        }
    }
}

/// The kind of a [`Draft`] that creates a row.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Insert;

/// The kind of a [`Draft`] that updates a row.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Patch {
    id: Value,
    expected_version: Option<i64>,
}

impl WriteKind for Insert {
    fn write(self, values: Values) -> PendingWrite {
        Write::Create(values).into()
    }
}

impl WriteKind for Patch {
    fn write(self, values: Values) -> PendingWrite {
        PendingWrite {
            write: Write::Update(self.id, values),
            expected_version: self.expected_version,
            key: None,
        }
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
        Self::of(Insert)
    }
}

impl Draft<Patch> {
    /// An update of the row with this id.
    #[must_use]
    pub fn patch(id: Value) -> Self {
        Self::of(Patch {
            id,
            expected_version: None,
        })
    }

    /// Expects this version of the row, if there is one.
    #[must_use]
    pub fn expect_version(mut self, version: Option<i64>) -> Self {
        self.kind.expected_version = version;
        self
    }
}

impl<K> Draft<K> {
    /// A draft without values.
    pub(super) fn of(kind: K) -> Self {
        Self {
            kind,
            values: Values::new(),
        }
    }

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

    /// The kind and the values of this draft.
    pub(super) fn into_parts(self) -> (K, Values) {
        (self.kind, self.values)
    }
}
