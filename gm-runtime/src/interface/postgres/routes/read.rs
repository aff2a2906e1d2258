//! Reads the relations of the managers from the catalog.

use std::sync::Arc;

use tokio_postgres::Row;

use super::graph::{Graph, Kind, Node};
use crate::interface::postgres::notification::TRIGGER;
use crate::interface::postgres::parameter::Parameter;
use crate::interface::postgres::statement::Statement;
use crate::interface::sql::SqlDialect;

/// Functions whose results change without a change of a row.
const VOLATILE: [&str; 12] = [
    "clock_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "now",
    "pg_current_xact_id",
    "random",
    "statement_timestamp",
    "timeofday",
    "transaction_timestamp",
    "txid_current",
];

/// The statement that reads the relations with these names, and all that are related to them.
///
/// `pg_depend` does not name the system's own relations and functions, so that a view's tree is read itself.
pub(in crate::interface::postgres) fn read_relations<'t>(
    tables: impl IntoIterator<Item = &'t str>,
) -> Statement {
    let quoted: Vec<_> = tables
        .into_iter()
        .map(|table| serde_json::json!([table, SqlDialect::Postgres.quote(table)]))
        .collect();
    let volatile = VOLATILE.map(|name| format!("'{name}'")).join(", ");
    let text = format!(
        r#"WITH RECURSIVE named AS (
    SELECT n ->> 0 AS name, to_regclass(n ->> 1)::oid AS oid FROM json_array_elements(CAST($1 AS text)::json) AS n
), related (oid) AS (
    SELECT oid FROM named WHERE oid IS NOT NULL
    UNION
    SELECT e.oid FROM related AS r, LATERAL (
        SELECT s[1]::oid AS oid FROM pg_rewrite AS w, regexp_matches(w.ev_action::text, ':relid (\d+)', 'g') AS s
            WHERE w.ev_class = r.oid AND w.ev_type = '1'
        UNION SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = r.oid
        UNION SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = r.oid
    ) AS e WHERE e.oid <> 0
)
SELECT c.oid,
    concat(n.nspname, '.', c.relname),
    c.relkind::text,
    ARRAY(SELECT name FROM named WHERE named.oid = c.oid),
    ARRAY(SELECT DISTINCT s[1]::oid FROM regexp_matches(v.tree, ':relid (\d+)', 'g') AS s
        WHERE s[1]::oid NOT IN (0, c.oid) ORDER BY 1),
    ARRAY(SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY 1),
    EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND g.tgname = '{TRIGGER}' AND g.tgenabled <> 'D'),
    (SELECT COALESCE(bit_or(g.tgtype), 0::smallint) FROM pg_trigger AS g
        WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D'
        AND g.tgname NOT IN ('{TRIGGER}', '{TRIGGER}_truncate')),
    (SELECT COALESCE(bit_or(CASE WHEN f.confdeltype IN ('c', 'n', 'd') THEN 8 ELSE 0 END
            | CASE WHEN f.confupdtype IN ('c', 'n', 'd') THEN 16 ELSE 0 END), 0)::smallint
        FROM pg_constraint AS f WHERE f.confrelid = c.oid AND f.contype = 'f'),
    EXISTS (SELECT FROM pg_rewrite AS w WHERE w.ev_class = c.oid AND w.ev_type <> '1'),
    EXISTS (SELECT FROM regexp_matches(v.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS s
        JOIN pg_proc AS p ON p.oid = s[1]::oid WHERE p.oid >= 16384 AND p.provolatile <> 'i'),
    COALESCE(
        (SELECT min(p.proname) FROM regexp_matches(v.tree, ':(?:funcid|opfuncid) (\d+)', 'g') AS s
            JOIN pg_proc AS p ON p.oid = s[1]::oid
            WHERE p.oid < 16384 AND (p.proname IN ({volatile}) OR (p.proname = 'age' AND p.pronargs = 1)))::text,
        CASE WHEN v.tree ~ '\{{SQLVALUEFUNCTION :op [0-8] ' THEN 'CURRENT_TIMESTAMP' END),
    COALESCE(md5(v.tree), '')
FROM related AS r JOIN pg_class AS c ON c.oid = r.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (SELECT w.ev_action::text AS tree FROM pg_rewrite AS w
        WHERE w.ev_class = c.oid AND w.ev_type = '1') AS v ON true"#
    );
    Statement {
        text: Arc::from(text),
        parameters: vec![Parameter::text(serde_json::Value::Array(quoted).to_string())],
    }
}

/// The relations of the statement's rows.
pub(in crate::interface::postgres) fn relations_of(rows: &[Row]) -> Result<Graph, tokio_postgres::Error> {
    // All bits of `tgtype`: insert, delete and update.
    const EVERY_WRITE: i16 = 28;
    let mut graph = Graph::default();
    for row in rows {
        let kind: &str = row.try_get(2)?;
        let (triggers, cascades): (i16, i16) = (row.try_get(7)?, row.try_get(8)?);
        let kind = match kind {
            "r" | "p" => Kind::Table,
            "v" => Kind::View,
            _ => Kind::Other,
        };
        let has_rules: bool = row.try_get(9)?;
        let node = Node {
            label: row.try_get(1)?,
            kind,
            sources: row.try_get(4)?,
            parents: row.try_get(5)?,
            has_trigger: row.try_get(6)?,
            side_effects: match has_rules || kind != Kind::Table {
                true => EVERY_WRITE,
                false => (triggers | cascades) & EVERY_WRITE,
            },
            is_opaque: row.try_get(10)?,
            volatile_function: row.try_get(11)?,
            definition: row.try_get(12)?,
        };
        let names: Vec<String> = row.try_get(3)?;
        graph.add(row.try_get(0)?, node, names);
    }
    Ok(graph)
}
