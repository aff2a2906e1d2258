//! Names and literals in SQL.

use crate::interface::sql::SqlDialect;

/// The name of the trigger and of its function.
pub(in crate::interface::postgres) const TRIGGER: &str = "gm_notify";

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

/// Whether the trigger of this relation runs for a statement of this session, as a condition.
pub(super) fn is_trigger_enabled(oid: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = {oid} AND g.tgname = '{TRIGGER}' \
         AND g.tgenabled IN ('A', CASE pg_catalog.current_setting('session_replication_role') \
         WHEN 'replica' THEN 'R'::\"char\" ELSE 'O' END))"
    )
}
