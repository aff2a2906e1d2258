//! The results of operations, before the batch is sent.

use std::marker::PhantomData;

use super::operation::ResultReference;
use crate::field::{FieldType, IntoField, NotNull, Value};
use crate::interface::ResultPlace;
use crate::manager::Manager;
use crate::query::Field;

/// The result of an operation of a [`Batch`](super::Batch): the row of `M` as it will be. Later operations refer to its fields, and
/// [`BatchResults::row`](super::BatchResults::row) has the row when the batch is carried out.
pub struct BatchResult<M> {
    pub(super) batch: u64,
    pub(super) operation: usize,
    brand: PhantomData<fn() -> M>,
}

/// A field of type `T` of a [`BatchResult`], which later operations of the batch accept in place of a value.
///
/// A nullable field accepts one of a field that is not nullable, too.
pub struct ResultField<T> {
    reference: ResultReference,
    brand: PhantomData<fn() -> T>,
}

impl<M> BatchResult<M> {
    pub(super) fn new(batch: u64, operation: usize) -> Self {
        Self {
            batch,
            operation,
            brand: PhantomData,
        }
    }

    fn at<T>(self, field: u16) -> ResultField<T> {
        let Self { batch, operation, .. } = self;
        ResultField {
            reference: ResultReference {
                batch,
                place: ResultPlace { operation, field },
            },
            brand: PhantomData,
        }
    }
}

impl<M: Manager> BatchResult<M> {
    /// The id of the row.
    #[must_use]
    pub fn id(self) -> ResultField<M::Id> {
        self.at(M::DESCRIPTION.id_index())
    }

    /// A field of the row: `ticket.field(|t| t.customer_id)`.
    #[must_use]
    pub fn field<T, A>(self, field: impl FnOnce(M::Fields) -> Field<M, T, A>) -> ResultField<T> {
        self.at(field(M::FIELDS).index())
    }

    /// The place of the operation in the batch, from 0.
    #[must_use]
    pub fn operation(self) -> usize {
        self.operation
    }
}

impl<T> ResultField<T> {
    pub(super) fn reference(self) -> ResultReference {
        self.reference
    }
}

impl<M> Clone for BatchResult<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for BatchResult<M> {}

impl<T> Clone for ResultField<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ResultField<T> {}

impl<M> std::fmt::Debug for BatchResult<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BatchResult({})", self.operation)
    }
}

impl<T> std::fmt::Debug for ResultField<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ResultPlace { operation, field } = self.reference.place;
        write!(f, "ResultField({operation}, {field})")
    }
}

/// A value, or a field of an earlier result, for a field of type `T` of a [`BatchDraft`](super::BatchDraft).
///
/// Everything that [converts into the field](IntoField) is one, and so is a [`ResultField`] of its type. `S` tells the two apart.
#[diagnostic::on_unimplemented(
    message = "expected a value or an earlier result for a field of type `{T}`, found `{Self}`",
    label = "neither a value nor a result of `{T}`",
    note = "a field accepts its own type, an `Option` field also its inner type, and a text field also `&str`; `ada.id()` and \
            `ada.field(|c| c.name)` are results of an operation"
)]
pub trait FieldSource<T, S> {
    #[doc(hidden)]
    fn into_source(self) -> Source;
}

/// The mark of values in [`FieldSource`].
#[derive(Debug)]
pub enum ByValue {}

/// The mark of earlier results in [`FieldSource`].
#[derive(Debug)]
pub enum ByResult {}

/// A value, or a field of an earlier result.
#[doc(hidden)]
#[derive(Debug)]
pub struct Source(pub(super) Result<Value, ResultReference>);

impl<T: FieldType, V: IntoField<T>> FieldSource<T, ByValue> for V {
    fn into_source(self) -> Source {
        Source(Ok(self.into_field().into_value()))
    }
}

impl<T> FieldSource<T, ByResult> for ResultField<T> {
    fn into_source(self) -> Source {
        Source(Err(self.reference))
    }
}

impl<T: NotNull> FieldSource<Option<T>, ByResult> for ResultField<T> {
    fn into_source(self) -> Source {
        Source(Err(self.reference))
    }
}
