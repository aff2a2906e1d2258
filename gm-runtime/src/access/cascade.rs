//! What the deletion of rows does to the rows that refer to them.
//!
//! Reasons: `docs/design/access.md`, "Foreign keys".

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Caller, Managed};
use crate::error::{Error, conflict};
use crate::field::Value;
use crate::interface::Write;
use crate::manager::Values;

/// A row: the place of its manager, and its id.
pub(super) type RowRef = (usize, Value);

/// The changes that the deletion of rows causes, in the order in which they are carried out.
pub(super) struct Cascade {
    pub(super) managers: Vec<(TypeId, Arc<Managed>)>,
    /// The fields that become null.
    pub(super) cleared: Cleared,
    /// The rows that are deleted, each behind those that refer to it.
    pub(super) deleted: Vec<Deletion>,
}

/// The deletion of a row.
pub(super) struct Deletion {
    pub(super) row: RowRef,
    /// Whether the caller deletes the row itself.
    pub(super) is_requested: bool,
}

/// How the rows are deleted that the caller deletes itself.
#[derive(Clone, Copy)]
pub(super) enum Requested<'c, 'p> {
    /// The one row is left to the caller of [`Cascade::carry_out`], as the last one.
    Left,
    /// They are deleted with the others, for this caller.
    Deleted(Option<&'c Caller<'p>>),
}

impl Cascade {
    /// Whether the deletion of one row changes no other row.
    pub(super) fn is_empty(&self) -> bool {
        self.cleared.rows.is_empty() && self.deleted.iter().all(|deletion| deletion.is_requested)
    }

    /// Carries out the changes.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the rules of the other managers for their values, or other constraints, forbid a change.
    pub(super) async fn carry_out(
        self,
        managed: &Managed,
        requested: Requested<'_, '_>,
    ) -> Result<(), Error> {
        let updates = self.cleared.rows.into_iter().map(|((place, id), fields)| {
            let mut values = Values::new();
            for field in fields {
                values.set(field, Value::Null);
            }
            (place, Write::Update(id, values), None)
        });
        let deletions = self.deleted.into_iter().filter_map(|deletion| {
            let caller = match requested {
                Requested::Left if deletion.is_requested => return None,
                Requested::Deleted(caller) if deletion.is_requested => caller,
                _ => None,
            };
            let (place, id) = deletion.row;
            Some((place, Write::Delete(id, None), caller))
        });
        for (place, write, caller) in updates.chain(deletions) {
            let Some((_, other)) = self.managers.get(place) else {
                continue;
            };
            let request = other.request(write.into(), None)?;
            match other.carry_out_alone(request, caller).await {
                // A row may be gone already, where the foreign key of a table has deleted it.
                Ok(_) => {}
                Err(Error::Invalid { .. } | Error::Conflict { .. }) => return Err(is_referred(managed)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The fields of rows that become null.
#[derive(Default)]
pub(super) struct Cleared {
    rows: Vec<(RowRef, Vec<u16>)>,
    places: HashMap<RowRef, usize>,
}

impl Cleared {
    pub(super) fn add(&mut self, row: RowRef, field: u16) {
        let place = *self.places.entry(row.clone()).or_insert(self.rows.len());
        match self.rows.get_mut(place) {
            Some((_, fields)) if fields.contains(&field) => {}
            Some((_, fields)) => fields.push(field),
            None => self.rows.push((row, vec![field])),
        }
    }
}

/// The conflict of a row that others refer to.
pub(super) fn is_referred(managed: &Managed) -> Error {
    Error::conflict(managed.description.name(), None, conflict::REFERRED)
}
