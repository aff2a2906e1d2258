//! The side effects of a write: rows that SQLite changes for triggers, foreign keys and `ON CONFLICT REPLACE`.
//!
//! The subscribers of those rows receive a refresh with the commit. `docs/design/storage.md`, section Side effects of a
//! write, says which changes SQLite reports.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::Action;

use super::sql_text::sql_text;
use super::topics::{Refreshes, Topics};

/// Whether a write to the schema's tables can have side effects.
const HAS_SIDE_EFFECTS: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema
    WHERE type = 'trigger' OR sql LIKE '%REFERENCES%' OR sql LIKE 'CREATE VIRTUAL%')";

/// Tables that may have `ON CONFLICT REPLACE`. SQLite neither counts nor reports the rows that it deletes for that.
const MAY_REPLACE: &str = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%REPLACE%'";

/// Records the tables in which a transaction's writes have side effects.
pub(super) struct SideEffects {
    recorded: Arc<Mutex<Recorded>>,
    /// Whether the schema allows side effects. If not, no update hook is set.
    are_possible: bool,
    /// The tables with `ON CONFLICT REPLACE`.
    replacing: Vec<String>,
}

#[derive(Default)]
struct Recorded {
    /// The table of the current write.
    table: &'static str,
    /// The rows of this table that the update hook reported.
    rows: u64,
    /// The rows of other tables that the update hook reported.
    other_rows: u64,
    /// The tables with side effects.
    tables: Vec<String>,
    /// Whether more rows changed than the hook reported. It never reports `WITHOUT ROWID` tables.
    unknown_tables: bool,
}

impl SideEffects {
    pub(super) fn new(connection: &mut Connection) -> rusqlite::Result<Self> {
        let mut side_effects = Self {
            recorded: Arc::default(),
            are_possible: false,
            replacing: Vec::new(),
        };
        side_effects.read_schema(connection)?;
        Ok(side_effects)
    }

    /// Reads the schema again, after another connection may have changed it.
    pub(super) fn read_schema(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let are_possible = connection
            .prepare_cached(HAS_SIDE_EFFECTS)
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .unwrap_or(true);
        self.replacing = replacing(connection)?;
        let are_possible = are_possible || !self.replacing.is_empty();
        if are_possible && !self.are_possible {
            let recorded = Arc::clone(&self.recorded);
            connection.update_hook(Some(move |_, _: &str, table: &str, _| {
                lock(&recorded).row(table);
            }))?;
        } else if self.are_possible && !are_possible {
            connection.update_hook(None::<fn(Action, &str, &str, i64)>)?;
        }
        self.are_possible = are_possible;
        Ok(())
    }

    /// Forgets the side effects of the previous transaction.
    pub(super) fn clear(&self) {
        let mut recorded = lock(&self.recorded);
        recorded.tables.clear();
        recorded.unknown_tables = false;
    }

    /// Runs a write of at most one row of this table, and records its side effects.
    pub(super) fn record<T>(
        &self,
        connection: &Connection,
        table: &'static str,
        write: impl FnOnce() -> T,
    ) -> T {
        if !self.are_possible {
            return write();
        }
        {
            let mut recorded = lock(&self.recorded);
            (recorded.table, recorded.rows, recorded.other_rows) = (table, 0, 0);
        }
        let before = connection.total_changes();
        let result = write();
        let changed = connection.total_changes().saturating_sub(before);
        let replaces = self.replacing.iter().any(|name| name.eq_ignore_ascii_case(table));
        lock(&self.recorded).finish(changed, connection.changes(), replaces);
        result
    }

    /// Moves the recorded side effects into the refreshes of a commit.
    pub(super) fn take(&self, topics: &Topics, refreshes: &mut Refreshes) {
        let mut recorded = lock(&self.recorded);
        if std::mem::take(&mut recorded.unknown_tables) {
            topics.refresh_all(refreshes);
        }
        for table in recorded.tables.drain(..) {
            topics.refresh_table(&table, refreshes);
        }
    }
}

impl Recorded {
    /// A call of the update hook.
    fn row(&mut self, table: &str) {
        if table.eq_ignore_ascii_case(self.table) {
            self.rows = self.rows.saturating_add(1);
            if self.rows > 1 {
                self.add(table);
            }
        } else {
            self.other_rows = self.other_rows.saturating_add(1);
            self.add(table);
        }
    }

    fn add(&mut self, table: &str) {
        if !self.tables.iter().any(|known| known == table) {
            self.tables.push(table.to_owned());
        }
    }

    /// A write changed `changed` rows in total, and `written` rows itself: one, or none if a trigger ignored the write.
    fn finish(&mut self, changed: u64, written: u64, replaces: bool) {
        if changed == 0 {
            return;
        }
        let reported = self.rows.max(written.min(1)).saturating_add(self.other_rows);
        self.unknown_tables |= changed > reported;
        if replaces || (written == 0 && self.rows > 0) {
            self.add(self.table);
        }
    }
}

fn replacing(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(MAY_REPLACE)?;
    let tables = statement.query_map([], |row| Ok((sql_text(row, 0)?, sql_text(row, 1)?)))?;
    tables
        .filter(|table| !matches!(table, Ok((_, sql)) if !has_keyword_replace(sql)))
        .map(|table| table.map(|(name, _)| name))
        .collect()
}

/// Whether `REPLACE` occurs as a word, and not as the function of this name.
fn has_keyword_replace(sql: &str) -> bool {
    const WORD: &str = "replace";
    let sql = sql.to_ascii_lowercase();
    let in_a_name = |c: char| c.is_alphanumeric() || c == '_';
    sql.match_indices(WORD).any(|(start, _)| {
        let (before, rest) = sql.split_at(start);
        let after = rest.strip_prefix(WORD).unwrap_or_default();
        !before.ends_with(in_a_name) && !after.starts_with(in_a_name) && !after.trim_start().starts_with('(')
    })
}

fn lock(recorded: &Mutex<Recorded>) -> MutexGuard<'_, Recorded> {
    recorded.lock().unwrap_or_else(PoisonError::into_inner)
}
