//! The rows that the database changes besides a write: by triggers, cascades, rules and views.
//!
//! Postgres counts the rows that a session changes in each table. The counters are compared before and after the writes of a
//! transaction. A table in which more rows changed than were written gets a refresh, in the same transaction.

use super::channel::{CHANNEL, PREFIX};
use super::names::is_trigger_enabled;

/// The statements that report the side effects of a transaction.
#[derive(Debug, Default)]
pub(in crate::interface::postgres) struct SideEffects {
    before: String,
    counts: String,
}

impl SideEffects {
    /// The statements for these tables, each with a table that has its rows: itself, or a partition. At least one.
    pub(in crate::interface::postgres) fn new(tables: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let tables: Vec<_> = tables
            .into_iter()
            .map(|(table, part)| format!("({table}::pg_catalog.oid, {part}::pg_catalog.oid)"))
            .collect();
        let changed = ["inserted", "updated", "deleted"]
            .map(|action| format!("pg_catalog.pg_stat_get_xact_tuples_{action}(t.part)"))
            .join(" + ");
        // A table with the trigger reports its changes itself.
        let counts = format!(
            "(SELECT t.relation, pg_catalog.sum({changed}) AS rows FROM (VALUES {}) AS t (relation, part) \
             WHERE NOT {} GROUP BY t.relation) AS x",
            tables.join(", "),
            is_trigger_enabled("t.part")
        );
        Self {
            before: format!(
                "SELECT pg_catalog.set_config('gm.changed_rows', \
                 COALESCE(pg_catalog.jsonb_object_agg(x.relation, x.rows), '{{}}')::pg_catalog.text, true) FROM {counts}"
            ),
            counts,
        }
    }

    /// The statement before the writes of a transaction.
    pub(in crate::interface::postgres) fn before(&self) -> &str {
        &self.before
    }

    /// The statements after the writes of a transaction: the number of rows that they wrote in each relation. Constraints and
    /// triggers that are deferred to the commit run now.
    pub(in crate::interface::postgres) fn after(
        &self,
        written: impl IntoIterator<Item = (u32, u64)>,
    ) -> String {
        format!(
            "SET CONSTRAINTS ALL IMMEDIATE; \
             SELECT pg_catalog.pg_notify('{CHANNEL}', pg_catalog.concat('{PREFIX}{{\"i\":\"', pg_catalog.gen_random_uuid(), \
             '\",\"t\":\"', x.relation, '\",\"a\":\"r\"}}')) FROM {}",
            self.changed(written)
        )
    }

    /// The query of the relations in which other rows changed than these numbers of rows. A transaction that sends its refreshes at
    /// the end executes it behind each write.
    pub(in crate::interface::postgres) fn changed_relations(
        &self,
        written: impl IntoIterator<Item = (u32, u64)>,
    ) -> String {
        format!(
            "SELECT x.relation::pg_catalog.int8 FROM {}",
            self.changed(written)
        )
    }

    /// The relations in which other rows changed than these.
    fn changed(&self, written: impl IntoIterator<Item = (u32, u64)>) -> String {
        let cases: String = written
            .into_iter()
            .map(|(relation, rows)| format!(" WHEN {relation} THEN {rows}"))
            .collect();
        let expected = match cases.is_empty() {
            true => "0".to_owned(),
            false => format!("CASE x.relation{cases} ELSE 0 END"),
        };
        format!(
            "{} WHERE x.rows - COALESCE((pg_catalog.current_setting('gm.changed_rows')::pg_catalog.jsonb \
             ->> x.relation::pg_catalog.text)::pg_catalog.numeric, 0) <> {expected} \
             OR pg_catalog.current_setting('track_counts') = 'off'",
            self.counts
        )
    }
}
