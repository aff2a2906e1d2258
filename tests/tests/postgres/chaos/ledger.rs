//! What was written and acknowledged, and what reads and the database must show of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use gm_tests::postgres::Database;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A row, whose `name` is its version. One writer writes it, one version after the other.
pub(crate) struct Row {
    pub(crate) id: i64,
    /// When each version was acknowledged.
    acknowledged: Mutex<Vec<Instant>>,
    /// A version whose write had an unknown outcome. It may be stored at any time, so the row is not written again.
    unknown: AtomicBool,
}

impl Row {
    /// A row whose version 0 is stored.
    pub(crate) fn new(id: i64) -> Self {
        Self {
            id,
            acknowledged: Mutex::new(vec![Instant::now()]),
            unknown: AtomicBool::new(false),
        }
    }

    /// The last version that was acknowledged.
    pub(crate) fn version(&self) -> u64 {
        lock(&self.acknowledged).len() as u64 - 1
    }

    pub(crate) fn acknowledge(&self) {
        lock(&self.acknowledged).push(Instant::now());
    }

    pub(crate) fn retire(&self) {
        self.unknown.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.unknown.load(Ordering::SeqCst)
    }

    /// How long before `read` the version was replaced by one that was acknowledged. Zero if it was not.
    pub(crate) fn age(&self, version: u64, read: Instant) -> Duration {
        let acknowledged = lock(&self.acknowledged);
        let next = usize::try_from(version + 1).unwrap();
        // One version more than acknowledged may be stored.
        assert!(
            next <= acknowledged.len() + 1,
            "row {}: version {version} was never written",
            self.id
        );
        let replaced = acknowledged.get(next);
        replaced.map_or(Duration::ZERO, |replaced| {
            read.saturating_duration_since(*replaced)
        })
    }
}

/// Everything that was written.
#[derive(Default)]
pub(crate) struct Ledger {
    rows: Mutex<Vec<Arc<Row>>>,
    /// The rows that are being written, by place.
    hot: RwLock<Vec<Arc<Row>>>,
    deleted: Mutex<Vec<i64>>,
    /// The `status` of creates that were refused, so that their rows don't exist.
    refused_creates: Mutex<Vec<String>>,
    pub(crate) acknowledged: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unknown: AtomicU64,
}

impl Ledger {
    pub(crate) fn add(&self, row: &Arc<Row>) {
        lock(&self.rows).push(Arc::clone(row));
    }

    /// Puts a row in a place of the hot rows.
    pub(crate) fn heat(&self, place: usize, row: &Arc<Row>) {
        let mut hot = self.hot.write().unwrap_or_else(PoisonError::into_inner);
        match hot.get_mut(place) {
            Some(cell) => *cell = Arc::clone(row),
            None => hot.push(Arc::clone(row)),
        }
    }

    /// The hot row of this number.
    pub(crate) fn hot(&self, number: u64) -> Arc<Row> {
        let hot = self.hot.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&hot[usize::try_from(number).unwrap() % hot.len()])
    }

    pub(crate) fn delete(&self, row: &Row) {
        lock(&self.rows).retain(|known| known.id != row.id);
        lock(&self.deleted).push(row.id);
    }

    /// A delete with an unknown outcome.
    pub(crate) fn forget(&self, row: &Row) {
        lock(&self.rows).retain(|known| known.id != row.id);
    }

    pub(crate) fn refuse_create(&self, status: String) {
        lock(&self.refused_creates).push(status);
    }

    /// Compares the rows with the database, whose contents are returned: each id and its version.
    pub(crate) async fn check(&self, database: &Database) -> HashMap<i64, String> {
        let stored = database.rows("SELECT id, name, status FROM projects").await;
        let mut statuses: HashMap<&str, usize> = HashMap::new();
        let mut versions = HashMap::new();
        for row in &stored {
            versions.insert(row[0].parse().unwrap(), row[1].clone());
            *statuses.entry(&row[2]).or_default() += 1;
        }
        let mut wrong = Vec::new();
        for row in lock(&self.rows).iter() {
            let (version, stored) = (row.version(), versions.get(&row.id));
            let is_right = match stored.and_then(|stored| stored.parse::<u64>().ok()) {
                Some(stored) => stored == version || (row.is_retired() && stored == version + 1),
                None => false,
            };
            if !is_right {
                wrong.push(format!(
                    "row {}: acknowledged {version}, stored {stored:?}, retired {}",
                    row.id,
                    row.is_retired()
                ));
            }
        }
        for id in lock(&self.deleted).iter().filter(|id| versions.contains_key(*id)) {
            wrong.push(format!("row {id}: its delete was acknowledged, and it is stored"));
        }
        for status in lock(&self.refused_creates).iter() {
            if statuses.contains_key(&**status) {
                wrong.push(format!(
                    "`{status}` was refused as not carried out, and is stored"
                ));
            }
        }
        for (status, rows) in statuses {
            if status.starts_with("writer ") && rows > 1 {
                wrong.push(format!("`{status}` was created {rows} times"));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} are wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        versions
    }
}
