//! Adding and changing rows.

use std::marker::PhantomData;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::gm::Gm;
use crate::interface::{Write, Written};
use crate::manager::{Kind, Manager, Values, owned};

use super::Reading;
use super::reading::Erased;

/// What a [`Draft`] becomes: a new row ([`Insert`]) or a changed one ([`Patch`]).
#[doc(hidden)]
pub trait WriteKind: Send + Sync + 'static {
    /// The write of these values.
    #[doc(hidden)]
    fn write(self, values: Values) -> WriteOf;

    /// What is said when the written row can't be read.
    #[doc(hidden)]
    fn unreadable(manager: &'static str) -> Error;
}

/// A write without its kind.
#[doc(hidden)]
#[derive(Debug)]
pub struct WriteOf(Write);

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
    fn write(self, values: Values) -> WriteOf {
        WriteOf(Write::Create(values))
    }

    fn unreadable(manager: &'static str) -> Error {
        Error::CreatedUnreadable { manager }
    }
}

impl WriteKind for Patch {
    fn write(self, values: Values) -> WriteOf {
        WriteOf(Write::Update(self.id, values))
    }

    fn unreadable(manager: &'static str) -> Error {
        Error::UpdatedUnreadable { manager }
    }
}

/// The values of a row that is being written. The derive wraps it in the manager's own chain of setters.
#[doc(hidden)]
pub struct Draft<M, K> {
    kind: K,
    values: Values,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager> Draft<M, Insert> {
    /// A new row.
    #[must_use]
    pub fn insert() -> Self {
        Self {
            kind: Insert,
            values: Values::new(),
            brand: PhantomData,
        }
    }
}

impl<M: Manager> Draft<M, Patch> {
    /// A change of the row of this id.
    #[must_use]
    pub fn patch(id: M::Id) -> Self {
        Self {
            kind: Patch { id: id.into_value() },
            values: Values::new(),
            brand: PhantomData,
        }
    }
}

impl<M: Manager, K: WriteKind> Draft<M, K> {
    /// Gives the field at this place a value.
    #[must_use]
    pub fn set(mut self, field: u16, value: Value) -> Self {
        self.values.set(field, value);
        self
    }

    /// Says why the row is written.
    #[must_use]
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        self.values.set_history_comment(Some(comment.into()));
        self
    }

    /// Writes, and gives the row as it is then.
    pub fn exec(self, gm: &Gm) -> Reading<'_, M> {
        let WriteOf(write) = self.kind.write(self.values);
        Reading::new(carry_out(gm, Kind::of::<M>(), write, K::unreadable), owned::<M>)
    }
}

fn carry_out<'g>(
    gm: &'g Gm,
    kind: &'static Kind,
    write: Write,
    unreadable: fn(&'static str) -> Error,
) -> Erased<'g> {
    Box::pin(async move {
        match gm.managed_of(kind)?.write(write, gm.principal()).await? {
            Written::Row(record) => (kind.row)(record),
            Written::Unreadable | Written::Deleted | Written::Missing => {
                Err(unreadable(kind.description.name()))
            }
        }
    })
}

impl<M, K: Clone> Clone for Draft<M, K> {
    fn clone(&self) -> Self {
        Self {
            kind: self.kind.clone(),
            values: self.values.clone(),
            brand: PhantomData,
        }
    }
}

impl<M, K: std::fmt::Debug> std::fmt::Debug for Draft<M, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("kind", &self.kind)
            .field("values", &self.values)
            .finish()
    }
}
