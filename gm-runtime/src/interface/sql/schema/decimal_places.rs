//! The constraint by which a SQLite table states how many places its decimals have.

use crate::interface::sql::dialect::SqlDialect;

/// The constraint's name is this and the number of places.
pub(crate) const CONSTRAINT_NAME: &str = "decimal_places_";

/// What is written behind the column's type. The condition holds for every value that the column may have.
pub(crate) fn says_places(column: &str, places: u32) -> String {
    let column = SqlDialect::Sqlite.quote(column);
    format!("CONSTRAINT {CONSTRAINT_NAME}{places} CHECK (typeof({column}) IN ('integer', 'null'))")
}
