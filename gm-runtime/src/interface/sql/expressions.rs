//! The expressions that each database writes in its own way.

use sea_query::{Expr, SelectStatement};

use crate::field::{Value, ValueError, ValueType};
use crate::manager::FieldDescription;
use crate::query::{Operator, RelatedLookup};

/// The SQL expressions of a query that differ between databases.
pub(crate) trait Expressions {
    /// The value in the encoding of the field's column.
    fn parameter(&self, field: &FieldDescription, value: &Value) -> Result<sea_query::Value, ValueError>;

    /// The value in the encoding of the field's column, to be compared with the column.
    fn operand(&self, field: &FieldDescription, value: &Value) -> Result<Expr, ValueError> {
        self.parameter(field, value).map(Expr::val)
    }

    /// What is selected for the field. `None` for its column as it is.
    fn selected_column(&self, _: &FieldDescription) -> Option<Expr> {
        None
    }

    /// The field's column where values are compared by their order. Text is ordered by code point (R-collation).
    fn ordered_column(&self, field: &FieldDescription) -> Expr;

    /// The field's column where rows are grouped by it, and its value is selected: by code point, so that no collation takes different
    /// texts for equal.
    fn grouped_column(&self, field: &FieldDescription) -> Expr {
        self.ordered_column(field)
    }

    /// Whether the field has this value, which is not null.
    fn equals(&self, field: &FieldDescription, value: &Value) -> Result<Expr, ValueError>;

    /// Whether the field can hold what its column has. Another program may have written something else.
    fn is_readable(&self, field: &FieldDescription) -> Expr;

    /// Whether the field has one of these values. None of them is null.
    ///
    /// The statement's text must not depend on the number of values, and every number must stay within the limits of the
    /// database.
    fn is_one_of(&self, field: &FieldDescription, members: &[&Value]) -> Result<Expr, ValueError>;

    /// The ids of the rows behind a reference that meet a lookup, as [`related_ids`](super::related_ids) builds them.
    fn related_ids(
        &self,
        field: &FieldDescription,
        related: &RelatedLookup,
    ) -> Result<SelectStatement, ValueError>;

    /// A text lookup: [`Operator::IExact`] to [`Operator::IEndsWith`], where every character is literal, or a regular
    /// expression that was already checked.
    fn text_lookup(&self, operator: Operator, column: Expr, text: &str) -> Expr;

    /// The month of a date or a datetime, as a number.
    fn month(&self, value_type: ValueType, column: Expr) -> Expr;

    /// The day of the month of a date or a datetime, as a number.
    fn day(&self, value_type: ValueType, column: Expr) -> Expr;
}
