//! Types that mark what a query may do with a field: filter by it, order by it, or both.

/// The mark of a field without restrictions: queries may filter and order by it.
#[derive(Clone, Copy, Debug)]
pub struct FilterAndOrder;

/// The mark of a field with `#[field(filter = false)]`.
#[derive(Clone, Copy, Debug)]
pub struct OrderOnly;

/// The mark of a field with `#[field(order = false)]`.
#[derive(Clone, Copy, Debug)]
pub struct FilterOnly;

/// The mark of a field with `#[field(filter = false, order = false)]`, and of one with `#[field(computed)]`.
#[derive(Clone, Copy, Debug)]
pub struct NotQueryable;

/// A mark that allows lookups.
#[diagnostic::on_unimplemented(
    message = "a query can't filter by this field: it is declared with `#[field(filter = false)]` or `#[field(computed)]`",
    label = "this field has no lookups",
    note = "filter by other fields, and check this one in the rows that were read; an owner stores a value to filter by, and does \
            not compute it"
)]
pub trait Filterable {}

/// A mark that allows `asc` and `desc`.
#[diagnostic::on_unimplemented(
    message = "a query can't order by this field: it is declared with `#[field(order = false)]` or `#[field(computed)]`",
    label = "this field has no order",
    note = "order by another field, or sort the rows that were read"
)]
pub trait Sortable {}

impl Filterable for FilterAndOrder {}
impl Filterable for FilterOnly {}
impl Sortable for FilterAndOrder {}
impl Sortable for OrderOnly {}
