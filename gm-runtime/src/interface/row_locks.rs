//! Locks of single rows, for writes that are judged with the stored row.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::field::Value;
use crate::manager::Description;

/// The locks of the rows that are written now, of one manager.
///
/// Storage of an application's own, and another service, read and write a row in two steps. A write holds the lock of its row
/// during both, so that no other write of the framework comes between. Each row has a lock of its own: with fewer locks than
/// rows, storage that writes one row while it writes another one would sometimes wait for itself.
#[derive(Default)]
pub(crate) struct RowLocks(Mutex<HashMap<Value, Arc<tokio::sync::Mutex<()>>>>);

/// The lock of a row, until it is dropped.
pub(crate) struct RowLock {
    locks: Arc<RowLocks>,
    id: Value,
    guard: Option<OwnedMutexGuard<()>>,
}

impl RowLocks {
    /// The locks of a manager. `None` if no write and no change of the manager is judged with the stored row.
    pub(crate) fn of(description: &Description) -> Option<Arc<Self>> {
        let is_judged = description.permissions().depend_on_row() || description.judges_changes();
        is_judged.then(Arc::default)
    }

    /// Waits until no other write holds the lock of this row. `None` if another one holds it and the caller does not see the row,
    /// since the wait would tell that there is such a row.
    ///
    /// # Errors
    /// The error of `is_seen`, which is called only if another write holds the lock.
    pub(crate) async fn lock<E, F: Future<Output = Result<bool, E>>>(
        self: &Arc<Self>,
        id: &Value,
        is_seen: impl FnOnce() -> F,
    ) -> Result<Option<RowLock>, E> {
        // Before the wait, since the caller may be cancelled. Dropped after the clone of the lock, which would count as another write.
        let mut row = RowLock {
            locks: Arc::clone(self),
            id: id.clone(),
            guard: None,
        };
        let lock = Arc::clone(self.entries().entry(id.clone()).or_default());
        row.guard = match Arc::clone(&lock).try_lock_owned() {
            Ok(guard) => Some(guard),
            Err(_) if !is_seen().await? => None,
            Err(_) => Some(lock.lock_owned().await),
        };
        Ok(row.guard.is_some().then_some(row))
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Value, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RowLock {
    fn drop(&mut self) {
        drop(self.guard.take());
        let id = std::mem::take(&mut self.id);
        // Locks are cloned under this mutex only, so that no other write holds or awaits a lock that is counted once.
        if let Entry::Occupied(entry) = self.locks.entries().entry(id)
            && Arc::strong_count(entry.get()) == 1
        {
            entry.remove();
        }
    }
}
