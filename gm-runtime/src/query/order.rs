//! What rows are sorted by.

use std::marker::PhantomData;

/// Smallest or greatest first. Null sorts last in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// A field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// The field's place in its manager's description.
    pub field: u16,
    /// Which end first.
    pub direction: Direction,
}

/// A field of `M` to sort by: what [`Field::asc`](crate::query::Field::asc) and
/// [`Field::desc`](crate::query::Field::desc) give.
pub struct Order<M> {
    order: OrderBy,
    brand: PhantomData<fn() -> M>,
}

impl<M> Order<M> {
    pub(crate) fn new(field: u16, direction: Direction) -> Self {
        Self {
            order: OrderBy { field, direction },
            brand: PhantomData,
        }
    }
}

/// One field to sort by, or an array of them, most significant first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something to sort `{M}` by",
    label = "expected `field.asc()`, `field.desc()`, or an array of these",
    note = "write `|p| p.name.asc()` or `|p| p.name.desc()`, or `|p| [p.name.asc(), p.id.desc()]` for several fields"
)]
pub trait IntoOrdering<M> {
    /// The fields, most significant first.
    #[doc(hidden)]
    fn into_ordering(self) -> Vec<OrderBy>;
}

impl<M> IntoOrdering<M> for Order<M> {
    fn into_ordering(self) -> Vec<OrderBy> {
        one(self.order)
    }
}

fn one(order: OrderBy) -> Vec<OrderBy> {
    vec![order]
}

impl<M, const N: usize> IntoOrdering<M> for [Order<M>; N] {
    fn into_ordering(self) -> Vec<OrderBy> {
        self.into_iter().map(|order| order.order).collect()
    }
}
