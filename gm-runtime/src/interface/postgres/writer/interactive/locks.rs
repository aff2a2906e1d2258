//! The begin of an interactive transaction, with locks of the tables that its deletions may change.
//!
//! Reasons: `docs/design/transactions.md`, "Deletions that others write into".

use std::time::Duration;

use super::super::failure::Failure;
use super::super::requests::milliseconds;
use super::pool::InteractivePool;
use super::running::Running;
use crate::interface::TableLocks;
use crate::interface::sql::SqlDialect;

/// How long locks that exclude other writes are waited for, in each try. Other writes of the tables wait meanwhile.
///
/// The first wait is short, for transactions that lock the tables in another order. The second one is longer than the server's default
/// of `deadlock_timeout`, when the server ends an autovacuum of the table.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(2)];

const UNDO: &str = "ROLLBACK TO SAVEPOINT gm_lock;RELEASE SAVEPOINT gm_lock";

impl Running {
    /// Begins, with these locks. If they can't be had in time, the transaction begins without them.
    pub(super) async fn begin_locking(
        &mut self,
        locks: &TableLocks,
        pool: &InteractivePool,
    ) -> Result<(), Failure> {
        let usual = [self.busy_timeout()];
        let waits: &[Duration] = match (locks.excludes_writes, locks.managers.len()) {
            (true, 1..) => &WAITS,
            // A single lock has no order.
            (false, 2..) => &usual,
            _ => &[],
        };
        for wait in waits {
            match self.begin_with(locks, pool, pool.time_limit().0.min(*wait)).await {
                Ok(()) => return Ok(()),
                Err(failure @ Failure::Broken { .. }) => return Err(failure),
                // All locks are given back, since what holds the other one may wait for them.
                Err(_) => self.roll_back().await,
            }
            tracing::debug!(?wait, "the tables of a deletion could not be locked");
        }
        self.begin_and("").await
    }

    async fn begin_with(
        &self,
        locks: &TableLocks,
        pool: &InteractivePool,
        wait: Duration,
    ) -> Result<(), Failure> {
        let tables = locks.managers.iter().filter_map(|manager| manager.table());
        let tables = pool.lockable(tables);
        let lock = |tables: &[&str]| self.lock_statements(tables, locks.excludes_writes, wait);
        match self.begin_and(&lock(&tables)).await {
            Err(Failure::Fault(_)) => self.execute_between_verbs(UNDO).await?,
            begun => return begun,
        }
        for table in tables {
            match self.execute_between_verbs(&lock(&[table])).await {
                // A foreign table, or a view on a table without the right for it.
                Err(Failure::Fault(error)) => {
                    tracing::debug!(table, %error, "a table can't be locked");
                    pool.leave_unlocked(table);
                    self.execute_between_verbs(UNDO).await?;
                }
                locked => locked?,
            }
        }
        Ok(())
    }

    /// The statements that lock tables. They come before the first query, and so before the snapshot of the transaction, which has
    /// everything that was written until then.
    fn lock_statements(&self, tables: &[&str], excludes_writes: bool, wait: Duration) -> String {
        if tables.is_empty() {
            return String::new();
        }
        let usual = self.busy_timeout();
        let names: Vec<_> = tables
            .iter()
            .map(|table| SqlDialect::Postgres.quote(table))
            .collect();
        let mode = match excludes_writes {
            true => "SHARE ROW EXCLUSIVE",
            false => "ROW EXCLUSIVE",
        };
        format!(
            "SAVEPOINT gm_lock;SET LOCAL lock_timeout={};LOCK TABLE {} IN {mode} MODE;SET LOCAL lock_timeout={};\
             RELEASE SAVEPOINT gm_lock",
            milliseconds(wait.min(usual)),
            names.join(","),
            milliseconds(usual)
        )
    }
}
