//! What writes change beside their own row: SQLite changes other rows by itself, for foreign keys that say `CASCADE` or
//! `SET NULL`, and for triggers. Those who subscribed to them are told too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::Action;

use super::topics::Topics;

/// Whether anything in the schema can make SQLite change other rows than the one that is written.
const CAN_HAPPEN: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema
    WHERE type = 'trigger' OR sql LIKE '%REFERENCES%' OR sql LIKE 'CREATE VIRTUAL%')";

/// Notes the tables of one connection in which more is changed than the row that is written.
pub(super) struct Beside {
    noted: Arc<Mutex<Noted>>,
    /// Where nothing can happen beside a write, SQLite is not asked to name each row.
    can_happen: bool,
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
        lock(&self.noted).written(changed);
        written
    }

    /// Tells those who subscribed to what was noted that anything may be different.
    pub(super) fn publish(&self, topics: &Topics) {
        // Told outside the lock.
        let (tables, anywhere) = {
            let mut noted = lock(&self.noted);
            (
                std::mem::take(&mut noted.tables),
                std::mem::take(&mut noted.anywhere),
            )
        };
        if anywhere {
            topics.refresh();
            return;
        }
        for table in tables {
            topics.refresh_table(&table);
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

    /// A write changed this many rows, of which one is its own.
    fn written(&mut self, changed: u64) {
        let named = self.rows.max(1).saturating_add(self.of_others);
        self.anywhere |= changed > named;
    }
}

fn lock(noted: &Mutex<Noted>) -> MutexGuard<'_, Noted> {
    noted.lock().unwrap_or_else(PoisonError::into_inner)
}
