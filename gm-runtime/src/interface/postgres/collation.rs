//! The collation in which text is compared.

use sea_query::Expr;

/// The text in the collation that compares by code point. If the column has it, an index on the column is still used.
pub(super) fn by_code_point(text: Expr) -> Expr {
    Expr::cust_with_expr("($1 COLLATE \"C\")", text)
}
