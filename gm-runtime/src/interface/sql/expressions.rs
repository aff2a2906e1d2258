//! What databases say differently.

use sea_query::Expr;

use crate::field::{Value, ValueError, ValueType};
use crate::manager::FieldDescription;
use crate::query::Operator;

/// What a database says in its own way.
pub(crate) trait Dialect {
    /// The value as the field's column holds it.
    fn parameter(&self, field: &FieldDescription, value: &Value) -> Result<sea_query::Value, ValueError>;

    /// The field's column in the form that equal values share, which is that of a parameter.
    fn compared(&self, field: &FieldDescription) -> Expr;

    /// Whether the column's value, in that form, is one of these, of which none is null. However many there are, the statement
    /// stays the same and within the database's limits.
    fn is_one_of(
        &self,
        field: &FieldDescription,
        column: Expr,
        members: &[&Value],
    ) -> Result<Expr, ValueError>;

    /// One of the text lookups, from [`Operator::IExact`] to [`Operator::IEndsWith`], in which no character is special, or
    /// a pattern that was checked.
    fn text_lookup(&self, operator: Operator, column: Expr, text: &str) -> Expr;

    /// The month of a date or an instant, as a number.
    fn month(&self, value_type: ValueType, column: Expr) -> Expr;

    /// The day of the month of a date or an instant, as a number.
    fn day(&self, value_type: ValueType, column: Expr) -> Expr;
}
