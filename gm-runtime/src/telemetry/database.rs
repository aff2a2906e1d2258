//! The operations of the database, and its commits.

use std::time::Instant;

use metrics::{Histogram, Label, histogram};

use super::names::{COMMIT_WRITES, DATABASE_DURATION, describe};
use crate::error::Operation;

/// The metrics of one table's operations.
pub(crate) struct TableMetrics {
    select: OperationMetrics,
    insert: OperationMetrics,
    update: OperationMetrics,
    delete: OperationMetrics,
    batch: OperationMetrics,
}

#[derive(Clone)]
struct OperationMetrics {
    done: Histogram,
    failed: Histogram,
}

/// The metrics of a database's commits.
pub(crate) struct CommitMetrics {
    writes: Histogram,
}

impl TableMetrics {
    /// The metrics of this table. `system` is the database's name in the semantic conventions.
    pub(crate) fn new(system: &'static str, table: &str) -> Self {
        describe();
        let operation = |name| OperationMetrics::new(system, table, name);
        Self {
            select: operation("SELECT"),
            insert: operation("INSERT"),
            update: operation("UPDATE"),
            delete: operation("DELETE"),
            batch: operation("BATCH"),
        }
    }

    /// An operation begins. Its outcome passes through what is returned, which records it. `None` is a write of many rows.
    pub(crate) fn begin<T, E>(
        &self,
        operation: Option<Operation>,
    ) -> impl FnOnce(Result<T, E>) -> Result<T, E> + Send + use<T, E> {
        let metrics = match operation {
            Some(Operation::Filter | Operation::Detail) => &self.select,
            Some(Operation::Create) => &self.insert,
            Some(Operation::Update) => &self.update,
            Some(Operation::Delete) => &self.delete,
            None => &self.batch,
        };
        let (metrics, began) = (metrics.clone(), Instant::now());
        move |outcome| {
            let duration = if outcome.is_ok() {
                metrics.done
            } else {
                metrics.failed
            };
            duration.record(began.elapsed());
            outcome
        }
    }
}

impl OperationMetrics {
    fn new(system: &'static str, table: &str, operation: &'static str) -> Self {
        let labels = || {
            vec![
                Label::from_static_parts("db.system.name", system),
                Label::new("db.collection.name", table.to_owned()),
                Label::from_static_parts("db.operation.name", operation),
            ]
        };
        let mut failed = labels();
        failed.push(Label::from_static_parts("error.type", "_OTHER"));
        Self {
            done: histogram!(DATABASE_DURATION, labels()),
            failed: histogram!(DATABASE_DURATION, failed),
        }
    }
}

impl CommitMetrics {
    pub(crate) fn new(system: &'static str) -> Self {
        describe();
        Self {
            writes: histogram!(COMMIT_WRITES, "db.system.name" => system),
        }
    }

    /// So many writes were committed together.
    pub(crate) fn committed(&self, writes: usize) {
        // A number of writes is far below 2^53.
        self.writes.record(writes as f64);
    }
}
