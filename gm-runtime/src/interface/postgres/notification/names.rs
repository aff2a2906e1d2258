//! The name of a relation in SQL.

use crate::interface::sql::SqlDialect;

/// The OID of the relation with this name, as an expression.
pub(in crate::interface::postgres) fn relation_oid(table: &str) -> String {
    format!(
        "{}::pg_catalog.regclass::pg_catalog.oid",
        literal(&SqlDialect::Postgres.quote(table))
    )
}

/// A text as a literal. It means the same with any setting of `standard_conforming_strings`.
pub(in crate::interface::postgres) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
