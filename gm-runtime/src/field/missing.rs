//! What people look for on a field's handle, so that the compiler says what it is called here.

use super::{Field, IntoField};
use crate::query::Filter;

/// Holds for nothing. The lifetime delays it to the call (rust-lang/rust#48214).
#[diagnostic::on_unimplemented(
    message = "a field has no `ne`: rows are left out by `exclude`",
    label = "write `.exclude(|p| p.field.eq(..))` on the query",
    note = "rows without a value are kept; `is_null(false)` leaves them out"
)]
pub trait Unequal<'x> {}

impl<M, T, A> Field<M, T, A> {
    #[doc(hidden)]
    pub fn ne(self, _: impl IntoField<T>) -> Filter<M>
    where
        for<'x> Self: Unequal<'x>,
    {
        Filter::new(Vec::new())
    }
}
