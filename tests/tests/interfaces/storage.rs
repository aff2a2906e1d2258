//! A minimal own storage.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, Manager};

/// Rows in a vector. The storage or the caller assigns their ids.
pub(crate) struct Shelf<M: Manager> {
    rows: Mutex<Vec<M>>,
    /// The number of rows that were created. No id is used twice.
    created: AtomicI64,
    /// The id of the n-th row, if the storage assigns ids.
    id: Option<fn(i64) -> M::Id>,
    /// Whether a query applies the condition of its caller's rule.
    applies_conditions: bool,
    /// Whether a query applies the position of its cursor.
    applies_cursors: bool,
}

impl<M: Manager> Shelf<M> {
    fn rows(&self) -> MutexGuard<'_, Vec<M>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Manager<Id = i64>> Default for Shelf<M> {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
            created: AtomicI64::default(),
            id: Some(|id| id),
            applies_conditions: false,
            applies_cursors: false,
        }
    }
}

/// Without a `Default`, since its id is not an `i64`.
pub(crate) fn of_given_ids<M: Manager>() -> Shelf<M> {
    Shelf {
        rows: Mutex::default(),
        created: AtomicI64::default(),
        id: None,
        applies_conditions: false,
        applies_cursors: false,
    }
}

impl<M: Manager> Shelf<M> {
    pub(crate) fn applying_conditions(mut self) -> Self {
        self.applies_conditions = true;
        self
    }

    pub(crate) fn applying_cursors(mut self) -> Self {
        self.applies_cursors = true;
        self
    }
}

impl<M: Manager> Interface<M> for Shelf<M>
where
    M::Id: PartialEq,
{
    async fn query(&self, select: &Select) -> Result<Page<M>, Error> {
        Ok(select.page_of(self.rows().iter()))
    }

    fn applies_conditions(&self) -> bool {
        self.applies_conditions
    }

    fn applies_cursors(&self) -> bool {
        self.applies_cursors
    }

    async fn get(&self, id: &M::Id) -> Result<Option<M>, Error> {
        let row = self.rows().iter().find(|row| row.id() == id).cloned();
        // Other writes could come between this read and a write.
        tokio::task::yield_now().await;
        Ok(row)
    }

    async fn create(&self, values: &Values) -> Result<M, Error> {
        let mut rows = self.rows();
        let row: M = match self.id {
            Some(id) => values.to_row_with_id(id(self.created.fetch_add(1, Ordering::Relaxed) + 1))?,
            None => values.to_row()?,
        };
        if rows.iter().any(|other| other.id() == row.id()) {
            let (manager, id) = (M::DESCRIPTION.name(), M::DESCRIPTION.id_field().name());
            return Err(Error::conflict(manager, Some(id), "another row has this id"));
        }
        rows.push(row.clone());
        Ok(row)
    }

    async fn update(&self, id: &M::Id, values: &Values) -> Result<Option<Updated<M>>, Error> {
        let mut rows = self.rows();
        let Some(row) = rows.iter_mut().find(|row| row.id() == id) else {
            return Ok(None);
        };
        let updated = values.applied_to(row)?;
        *row = updated.row.clone();
        Ok(Some(updated))
    }

    async fn delete(&self, id: &M::Id) -> Result<bool, Error> {
        let mut rows = self.rows();
        let before = rows.len();
        rows.retain(|row| row.id() != id);
        Ok(rows.len() < before)
    }
}
