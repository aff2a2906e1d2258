//! The rows that a deletion changes, as far as they are read.

use std::collections::{BTreeMap, HashMap};

use super::cascade::{FoundRows, MAX_VALUES, Step, StepChange};
use super::cascade_scope::CascadeScope;
use super::deletion_order::{DeletionOrder, Edge};
use crate::field::Value;

/// A row: the place of its manager, and its id.
pub(super) type RowRef = (usize, Value);

/// The rows that a deletion changes, as far as they are read. A row that is deleted has a place.
#[derive(Default)]
pub(super) struct CascadeRows {
    /// The rows that are deleted, and the values of each that referring fields hold. Those that the caller deletes are the first.
    deleted: Vec<(RowRef, Vec<Value>)>,
    places: HashMap<RowRef, usize>,
    /// The references between the rows that are deleted.
    edges: Vec<Edge>,
    /// The references that become null, with the places of the rows that they refer to.
    clearing: Vec<(RowRef, u16, Option<usize>)>,
    /// The number of rows that the caller deletes.
    requested: usize,
}

impl CascadeRows {
    /// The number of rows that are deleted.
    pub(super) fn len(&self) -> usize {
        self.deleted.len()
    }

    /// The number of rows that the caller deletes.
    pub(super) fn requested(&self) -> usize {
        self.requested
    }

    /// Notes that the caller deletes the rows so far.
    pub(super) fn request(&mut self) {
        self.requested = self.deleted.len();
    }

    /// The manager of a row that is deleted, and the values that fields which refer to it hold.
    pub(super) fn get(&self, place: usize) -> Option<(usize, &[Value])> {
        let ((manager, _), values) = self.deleted.get(place)?;
        Some((*manager, values))
    }

    /// The place of a row, if it is deleted.
    pub(super) fn place_of(&self, row: &RowRef) -> Option<usize> {
        self.places.get(row).copied()
    }

    /// Adds a row that is deleted, unless it is known. Returns its place.
    pub(super) fn delete(&mut self, row: RowRef, values: Vec<Value>) -> usize {
        let place = *self.places.entry(row.clone()).or_insert(self.deleted.len());
        if place == self.deleted.len() {
            self.deleted.push((row, values));
        }
        place
    }

    /// Adds a reference between rows that are deleted.
    pub(super) fn refer(&mut self, from: usize, field: u16, to: Option<usize>) {
        self.edges.extend(to.map(|to| Edge { from, field, to }));
    }

    /// Adds a reference that becomes null, unless its row is deleted too.
    pub(super) fn clear(&mut self, row: RowRef, field: u16, to: Option<usize>) {
        self.clearing.push((row, field, to));
    }

    /// The steps that change the rows, in their order.
    pub(super) fn into_steps(mut self, scope: &CascadeScope) -> Vec<Step> {
        let mut cleared = Cleared::default();
        for (row, field, to) in std::mem::take(&mut self.clearing) {
            match self.place_of(&row) {
                Some(from) => self.refer(from, field, to),
                None => cleared.add(row, field),
            }
        }
        let order = DeletionOrder::of(self.deleted.len(), &self.edges);
        for edge in order.in_circles {
            // Where no field of a circle can be null, the foreign keys of the tables decide.
            if let Some((row, _)) = self.deleted.get(edge.from)
                && scope
                    .manager(row.0)
                    .is_some_and(|other| other.description.field(edge.field).nullable())
            {
                cleared.add(row.clone(), edge.field);
            }
        }
        let mut steps = Vec::new();
        for ((manager, fields), ids) in cleared.into_groups() {
            let change = || StepChange::Clear(fields.clone());
            steps.extend(steps_of(scope, manager, ids, change, false));
        }
        for level in order.levels {
            let mut groups: BTreeMap<(usize, bool), Vec<Value>> = BTreeMap::new();
            for place in level {
                if let Some(((manager, id), _)) = self.deleted.get(place) {
                    let is_requested = place < self.requested;
                    groups
                        .entry((*manager, is_requested))
                        .or_default()
                        .push(id.clone());
                }
            }
            for ((manager, is_requested), ids) in groups {
                steps.extend(steps_of(scope, manager, ids, || StepChange::Delete, is_requested));
            }
        }
        steps
    }
}

/// The steps that change the rows of these ids.
fn steps_of(
    scope: &CascadeScope,
    manager: usize,
    ids: Vec<Value>,
    change: impl Fn() -> StepChange,
    is_requested: bool,
) -> Vec<Step> {
    let field = scope
        .manager(manager)
        .map_or(0, |other| other.description.id_index());
    let step = |ids: &[Value]| Step {
        rows: FoundRows {
            manager,
            field,
            values: ids.to_vec(),
        },
        change: change(),
        is_requested,
    };
    ids.chunks(MAX_VALUES).map(step).collect()
}

/// The fields of rows that become null.
#[derive(Default)]
struct Cleared {
    rows: Vec<(RowRef, Vec<u16>)>,
    places: HashMap<RowRef, usize>,
}

impl Cleared {
    fn add(&mut self, row: RowRef, field: u16) {
        let place = *self.places.entry(row.clone()).or_insert(self.rows.len());
        match self.rows.get_mut(place) {
            Some((_, fields)) if fields.contains(&field) => {}
            Some((_, fields)) => fields.push(field),
            None => self.rows.push((row, vec![field])),
        }
    }

    /// The ids of the rows of each manager of which the same fields become null.
    fn into_groups(self) -> BTreeMap<(usize, Vec<u16>), Vec<Value>> {
        let mut groups: BTreeMap<(usize, Vec<u16>), Vec<Value>> = BTreeMap::new();
        for ((manager, id), mut fields) in self.rows {
            fields.sort_unstable();
            groups.entry((manager, fields)).or_default().push(id);
        }
        groups
    }
}
