//! The constraint that records the decimal places of a SQLite column.
//!
//! SQLite stores decimals as integers in units of the last place, and the type `INTEGER` does not state the place. The
//! reasons for a constraint are in `docs/design/storage.md`, section Tables.

use crate::interface::sql::dialect::SqlDialect;

/// The constraint's name is this prefix and the number of places.
pub(crate) const CONSTRAINT_PREFIX: &str = "decimal_places_";

/// The constraint that follows the column's type. Every value of the column satisfies its condition.
pub(crate) fn places_constraint(column: &str, places: u32) -> String {
    let column = SqlDialect::Sqlite.quote(column);
    format!("CONSTRAINT {CONSTRAINT_PREFIX}{places} CHECK (typeof({column}) IN ('integer', 'null'))")
}
