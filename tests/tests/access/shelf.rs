//! Own storage, which applies conditions or does not.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gm_runtime::field::Value;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::{Record, Values};
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, Manager};

/// The unique fields.
const UNIQUE: [&str; 2] = ["code", "badge"];

/// Rows in a vector, which checks unique fields. `CONDITIONS`: whether it applies the conditions of rules.
pub(crate) struct Shelf<M: Manager, const CONDITIONS: bool = false> {
    rows: Mutex<Vec<M>>,
}

impl<M: Manager, const CONDITIONS: bool> Default for Shelf<M, CONDITIONS> {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
        }
    }
}

impl<M: Manager, const CONDITIONS: bool> Shelf<M, CONDITIONS> {
    fn rows(&self) -> MutexGuard<'_, Vec<M>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_unique<M: Manager>(rows: &[M], values: &Values, own: Option<&Value>) -> Result<(), Error> {
    let id = M::DESCRIPTION.id_index();
    let others: Vec<Record> = rows.iter().map(Manager::to_record).collect();
    for (index, value) in values.iter() {
        let field = M::DESCRIPTION.field(index);
        let mut others = others.iter().filter(|row| Some(row.get(id)) != own);
        if UNIQUE.contains(&field.name()) && !value.is_null() && others.any(|row| row.get(index) == value) {
            let message = "another row has this value already";
            return Err(Error::conflict(
                M::DESCRIPTION.name(),
                Some(field.name()),
                message,
            ));
        }
    }
    Ok(())
}

impl<M: Manager<Id = i64>, const CONDITIONS: bool> Interface<M> for Shelf<M, CONDITIONS> {
    async fn query(&self, select: &Select) -> Result<Page<M>, Error> {
        assert!(
            CONDITIONS || select.condition().is_none(),
            "this storage applies no conditions"
        );
        Ok(select.page_of(self.rows().iter()))
    }

    fn applies_conditions(&self) -> bool {
        CONDITIONS
    }

    fn applies_cursors(&self) -> bool {
        true
    }

    async fn get(&self, id: &i64) -> Result<Option<M>, Error> {
        Ok(self.rows().iter().find(|row| row.id() == id).cloned())
    }

    async fn create(&self, values: &Values) -> Result<M, Error> {
        let mut rows = self.rows();
        check_unique(&rows, values, None)?;
        let last = rows.iter().map(|row| *row.id()).max().unwrap_or(0);
        let row: M = values.to_row_with_id(last + 1)?;
        rows.push(row.clone());
        Ok(row)
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<M>>, Error> {
        let mut rows = self.rows();
        // A missing row comes first.
        if rows.iter().all(|row| row.id() != id) {
            return Ok(None);
        }
        check_unique(&rows, values, Some(&Value::Integer(*id)))?;
        let Some(row) = rows.iter_mut().find(|row| row.id() == id) else {
            return Ok(None);
        };
        let updated = values.applied_to(row)?;
        *row = updated.row.clone();
        Ok(Some(updated))
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        let mut rows = self.rows();
        let before = rows.len();
        rows.retain(|row| row.id() != id);
        Ok(rows.len() < before)
    }
}
