//! What writes change beside their own row: SQLite changes other rows by itself, for foreign keys that say `CASCADE` or
//! `SET NULL`, for triggers, and for constraints that say `ON CONFLICT REPLACE`. Those who subscribed to them are told too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::hooks::Action;
use rusqlite::{Connection, Row};

use super::topics::{Refreshed, Topics};

/// Whether anything in the schema can make SQLite change other rows than the one that is written.
const CAN_HAPPEN: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema
    WHERE type = 'trigger' OR sql LIKE '%REFERENCES%' OR sql LIKE 'CREATE VIRTUAL%')";

/// Tables that may have a constraint for which SQLite deletes the row that is in the way. It counts and names no such row.
const MAY_REPLACE: &str = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%REPLACE%'";

/// Notes the tables of one connection in which more is changed than the row that is written.
pub(super) struct Beside {
    noted: Arc<Mutex<Noted>>,
    /// Where nothing can happen beside a write, SQLite is not asked to name each row.
    can_happen: bool,
    /// The tables in which a row that is written may take the place of another.
    replacing: Vec<String>,
}

#[derive(Default)]
struct Noted {
    /// The table that is written.
    table: &'static str,
    /// Rows of it that SQLite named.
    rows: u64,
    /// Rows of others that SQLite named.
    of_others: u64,
    /// The tables of which rows were changed beside the written ones.
    tables: Vec<String>,
    /// Rows were changed that SQLite named no table of, as it names none that is `WITHOUT ROWID`.
    anywhere: bool,
}

impl Beside {
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Self> {
        let mut beside = Self {
            noted: Arc::default(),
            can_happen: false,
            replacing: Vec::new(),
        };
        beside.look(connection)?;
        Ok(beside)
    }

    /// Looks at the schema, which may be another one than before. SQLite is asked where that fails.
    pub(super) fn look(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let can_happen = connection
            .prepare_cached(CAN_HAPPEN)
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .unwrap_or(true);
        self.replacing = replacing(connection)?;
        let can_happen = can_happen || !self.replacing.is_empty();
        if can_happen && !self.can_happen {
            let noted = Arc::clone(&self.noted);
            connection.update_hook(Some(move |_, _: &str, table: &str, _| {
                lock(&noted).row(table);
            }))?;
        } else if self.can_happen && !can_happen {
            connection.update_hook(None::<fn(Action, &str, &str, i64)>)?;
        }
        self.can_happen = can_happen;
        Ok(())
    }

    /// Forgets what was noted: for a new transaction.
    pub(super) fn forget(&self) {
        let mut noted = lock(&self.noted);
        noted.tables.clear();
        noted.anywhere = false;
    }

    /// Carries out a write of at most one row of this table.
    pub(super) fn note<T>(
        &self,
        connection: &Connection,
        table: &'static str,
        write: impl FnOnce() -> T,
    ) -> T {
        if !self.can_happen {
            return write();
        }
        {
            let mut noted = lock(&self.noted);
            (noted.table, noted.rows, noted.of_others) = (table, 0, 0);
        }
        let before = connection.total_changes();
        let written = write();
        let changed = connection.total_changes().saturating_sub(before);
        let replaces = self.replacing.iter().any(|name| name.eq_ignore_ascii_case(table));
        lock(&self.noted).written(changed, connection.changes(), replaces);
        written
    }

    /// Adds the managers that show what was noted, and forgets it.
    pub(super) fn take(&self, topics: &Topics, refreshed: &mut Refreshed) {
        let mut noted = lock(&self.noted);
        if std::mem::take(&mut noted.anywhere) {
            topics.changed_anywhere(refreshed);
        }
        for table in noted.tables.drain(..) {
            topics.changed(&table, refreshed);
        }
    }
}

impl Noted {
    fn row(&mut self, table: &str) {
        if table.eq_ignore_ascii_case(self.table) {
            self.rows = self.rows.saturating_add(1);
            if self.rows > 1 {
                self.add(table);
            }
        } else {
            self.of_others = self.of_others.saturating_add(1);
            self.add(table);
        }
    }

    fn add(&mut self, table: &str) {
        if !self.tables.iter().any(|known| known == table) {
            self.tables.push(table.to_owned());
        }
    }

    /// A write changed this many rows, and so many of them itself: one, or none where a trigger has it ignored.
    fn written(&mut self, changed: u64, itself: u64, replaces: bool) {
        if changed == 0 {
            return;
        }
        let named = self.rows.max(itself.min(1)).saturating_add(self.of_others);
        self.anywhere |= changed > named;
        if replaces || (itself == 0 && self.rows > 0) {
            self.add(self.table);
        }
    }
}

fn replacing(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(MAY_REPLACE)?;
    let tables = statement.query_map([], |row| Ok((text(row, 0)?, text(row, 1)?)))?;
    tables
        .filter(|table| !matches!(table, Ok((_, sql)) if !says_replace(sql)))
        .map(|table| table.map(|(name, _)| name))
        .collect()
}

/// SQL as it was sent, which need be no UTF-8.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let bytes = row.get_ref(column)?.as_bytes()?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Whether `REPLACE` is a word of the SQL, and not the function of this name.
fn says_replace(sql: &str) -> bool {
    const WORD: &str = "replace";
    let sql = sql.to_ascii_lowercase();
    let in_a_name = |c: char| c.is_alphanumeric() || c == '_';
    sql.match_indices(WORD).any(|(start, _)| {
        let (before, rest) = sql.split_at(start);
        let after = rest.strip_prefix(WORD).unwrap_or_default();
        !before.ends_with(in_a_name) && !after.starts_with(in_a_name) && !after.trim_start().starts_with('(')
    })
}

fn lock(noted: &Mutex<Noted>) -> MutexGuard<'_, Noted> {
    noted.lock().unwrap_or_else(PoisonError::into_inner)
}
