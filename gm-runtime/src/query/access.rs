//! What a query may do with a field.

/// Marks the handle of a field that can be filtered and ordered by, as fields are unless their owner says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct FilterAndOrder;

/// Marks the handle of a field with `#[field(filter = false)]`.
#[derive(Clone, Copy, Debug)]
pub struct OrderOnly;

/// Marks the handle of a field with `#[field(order = false)]`.
#[derive(Clone, Copy, Debug)]
pub struct FilterOnly;

/// Marks the handle of a field with `#[field(filter = false, order = false)]`.
#[derive(Clone, Copy, Debug)]
pub struct NotQueryable;

/// The mark of a field's handle that has lookups.
#[diagnostic::on_unimplemented(
    message = "this field can't be filtered by: it is declared with `#[field(filter = false)]`",
    label = "this field has no lookups",
    note = "filter by other fields, and look at this one in the rows that were read"
)]
pub trait Filterable {}

/// The mark of a field's handle that can be ordered by.
#[diagnostic::on_unimplemented(
    message = "this field can't be ordered by: it is declared with `#[field(order = false)]`",
    label = "this field has no order",
    note = "order by another field, or sort the rows that were read"
)]
pub trait Sortable {}

impl Filterable for FilterAndOrder {}
impl Filterable for FilterOnly {}
impl Sortable for FilterAndOrder {}
impl Sortable for OrderOnly {}
