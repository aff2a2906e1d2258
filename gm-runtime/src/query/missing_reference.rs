//! Methods of a field that the handle of a reference does not have. The compile error says which field to use, as in
//! [`missing`](super::missing).

use super::{Filter, Reference};

/// `eq`, `is_in`, `is_null` and the other methods of a field.
#[diagnostic::on_unimplemented(
    message = "a reference is no field: its id is a field, and so are those of the row that it leads to",
    label = "write `p.customer_id.eq(..)` in place of `p.customer.eq(..)`",
    note = "the fields of the other row follow the reference: `p.customer.name.eq(\"Ada\")`"
)]
pub trait HasLookups<'x> {}

#[doc(hidden)]
impl<M, R, P> Reference<M, R, P> {
    pub fn eq(self, _: impl Sized) -> Filter<M>
    where
        for<'x> Self: HasLookups<'x>,
    {
        Filter::new(Vec::new())
    }

    pub fn is_in(self, _: impl Sized) -> Filter<M>
    where
        for<'x> Self: HasLookups<'x>,
    {
        Filter::new(Vec::new())
    }

    pub fn is_null(self, _: bool) -> Filter<M>
    where
        for<'x> Self: HasLookups<'x>,
    {
        Filter::new(Vec::new())
    }
}
