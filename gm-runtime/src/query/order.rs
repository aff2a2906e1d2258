//! The order of the rows of a query.

use std::marker::PhantomData;

/// The direction of an order. Null is last in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// A field and a direction, without the manager's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// The index of the field in the manager's description.
    pub field: u16,
    /// The direction.
    pub direction: Direction,
}

/// An order by one field of `M`, from [`Field::asc`](crate::query::Field::asc) or
/// [`Field::desc`](crate::query::Field::desc).
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

/// The result of the closure of `order_by`: an [`Order`], or an array of them with the most significant first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of the rows of `{M}`",
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
