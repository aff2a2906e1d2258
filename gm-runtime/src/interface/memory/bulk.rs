//! Writes of many rows in memory.

use std::collections::HashSet;

use super::table::{Table, judge_delete};
use crate::change::FoldedChanges;
use crate::error::Error;
use crate::interface::{BulkRequest, BulkRows, BulkWritten, Write, at_place, of_id};
use crate::manager::{Description, Values};
use crate::query::Select;

impl Table {
    /// Carries out a write of many rows, as a whole or not at all. Also returns the changes to publish.
    pub(super) fn write_many(
        &mut self,
        description: &'static Description,
        request: &BulkRequest,
    ) -> Result<(BulkWritten, FoldedChanges), Error> {
        // Written to a copy, since a rule or a validation of the application may also panic.
        let mut changed = self.clone();
        let written = match (&request.rows, &request.row.write) {
            (BulkRows::New(rows), _) => changed.create_many(description, rows, request),
            (BulkRows::Matching(select), Write::Update(_, values)) => {
                changed.update_matching(description, select, values, request)
            }
            (BulkRows::Matching(select), _) => changed.delete_matching(description, select, request),
        }?;
        *self = changed;
        Ok(written)
    }

    fn create_many(
        &mut self,
        description: &'static Description,
        rows: &[Values],
        request: &BulkRequest,
    ) -> Result<(BulkWritten, FoldedChanges), Error> {
        let clock = request.clock(description);
        let (mut written, mut changes) = (BulkWritten::default(), FoldedChanges::default());
        for (place, values) in rows.iter().enumerate() {
            clock.check()?;
            let guard = request.row.guard.as_deref();
            let created = self.create(description, values, guard);
            let (_, change) = created.map_err(at_place(description, place))?;
            written.rows += 1;
            if let Some(change) = change {
                written.ids.extend(change.id().cloned());
                changes.add(change, description);
            }
        }
        Ok((written, changes))
    }

    fn update_matching(
        &mut self,
        description: &'static Description,
        select: &Select,
        values: &Values,
        request: &BulkRequest,
    ) -> Result<(BulkWritten, FoldedChanges), Error> {
        let clock = request.clock(description);
        let (mut written, mut changes) = (BulkWritten::default(), FoldedChanges::default());
        for place in self.matching(description, select, request)? {
            clock.check()?;
            let Some(row) = self.rows.get(place) else { continue };
            let id = row.get(description.id_index()).clone();
            if request.leaves_unchanged(row).map_err(of_id(description, &id))? {
                continue;
            }
            let updated = self.update_at(description, Some(place), values, &request.row);
            if let (_, Some(change)) = updated.map_err(of_id(description, &id))? {
                written.rows += 1;
                changes.add(change, description);
            }
        }
        Ok((written, changes))
    }

    fn delete_matching(
        &mut self,
        description: &'static Description,
        select: &Select,
        request: &BulkRequest,
    ) -> Result<(BulkWritten, FoldedChanges), Error> {
        let clock = request.clock(description);
        let mut changes = FoldedChanges::default();
        let mut deleted = HashSet::new();
        for place in self.matching(description, select, request)? {
            clock.check()?;
            let Some(row) = self.rows.get(place) else { continue };
            let id = row.get(description.id_index());
            let change = judge_delete(description, row, &request.row).map_err(of_id(description, id))?;
            if let Some(change) = change {
                deleted.insert(place);
                changes.add(change, description);
            }
        }
        let written = BulkWritten {
            rows: deleted.len() as u64,
            ids: Vec::new(),
        };
        let mut places = 0..;
        self.rows
            .retain(|_| !places.next().is_some_and(|place| deleted.contains(&place)));
        Ok((written, changes))
    }

    /// The places of the rows that match.
    fn matching(
        &self,
        description: &Description,
        select: &Select,
        request: &BulkRequest,
    ) -> Result<Vec<usize>, Error> {
        let rows = self.rows.iter().enumerate();
        let matching: Vec<_> = rows
            .filter(|(_, row)| select.matches(row))
            .map(|(place, _)| place)
            .collect();
        let limits = &request.limits;
        limits.check_rows(description.name(), matching.len() as u64)?;
        Ok(matching)
    }
}
