//! The search for the rows that a deletion changes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::cascade::{Cascade, FoundRows, MAX_VALUES, Step, StepChange, is_referred};
use super::cascade_rows::{CascadeRows, RowRef};
use super::cascade_scope::CascadeScope;
use super::foreign_keys::ReferringField;
use super::stored_pages::StoredPages;
use super::{Access, Caller, Managed};
use crate::error::{Error, conflict};
use crate::field::Value;
use crate::interface::BulkClock;
use crate::manager::{OnDelete, bytes_of};
use crate::query::Select;

/// The search for the rows that a deletion changes.
///
/// It does not read rows to which no other row can refer. One step finds and changes all of those that refer to the same rows.
pub(super) struct CascadeSearch<'m> {
    /// The manager of the rows that the caller deletes. Its place is 0.
    managed: &'m Managed,
    scope: CascadeScope,
    clock: BulkClock,
    rows: CascadeRows,
    /// The rows that forbid the deletion, unless they are deleted too.
    restricting: Vec<(FoundRows, Targets)>,
    /// Whether rows forbid the deletion that the conflict must not name.
    is_restricted: bool,
    unread_deletions: Vec<Step>,
    unread_updates: Vec<Step>,
    followed: u64,
    bytes: u64,
}

/// The places of rows that are deleted, by the value that a field which refers to them holds.
type Targets = HashMap<Value, usize>;

impl<'m> CascadeSearch<'m> {
    /// A search for the rows that refer to rows of this manager. Its time begins now.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] for a manager without foreign keys.
    pub(super) fn of(managed: &'m Managed) -> Result<Self, Error> {
        Ok(Self {
            managed,
            scope: CascadeScope::of(managed)?,
            clock: managed.limits.bulk.clock(managed.description.name()),
            rows: CascadeRows::default(),
            restricting: Vec::new(),
            is_restricted: false,
            unread_deletions: Vec::new(),
            unread_updates: Vec::new(),
            followed: 0,
            bytes: 0,
        })
    }

    /// Adds a row that the caller deletes. It exists, and the caller may delete it.
    ///
    /// # Errors
    /// Those of too many rows, and of the time limit.
    pub(super) fn add(&mut self, row: &[Value]) -> Result<(), Error> {
        self.delete(0, row)?;
        self.rows.request();
        self.clock.check()
    }

    /// The number of rows that the caller deletes.
    pub(super) fn requested(&self) -> usize {
        self.rows.requested()
    }

    /// Finds the changes that the deletion of the rows causes.
    ///
    /// The rules of the caller do not judge the other rows, as those of a database do not.
    ///
    /// # Errors
    /// [`Error::Conflict`] if a row refers to one of them by a field with `on_delete = restrict`. Those of too many rows, and of the
    /// time limit.
    pub(super) async fn find(mut self, caller: Option<&Caller<'_>>) -> Result<Cascade, Error> {
        let mut next = 0;
        while next < self.rows.len() {
            let end = self.rows.len();
            self.follow(next..end, caller).await?;
            next = end;
        }
        self.check_restrictions(caller).await?;
        if self.is_restricted {
            return Err(is_referred(self.managed));
        }
        let mut steps = self.unread_deletions;
        steps.append(&mut self.unread_updates);
        steps.append(&mut self.rows.into_steps(&self.scope));
        Ok(Cascade {
            scope: self.scope,
            steps,
            clock: self.clock,
        })
    }

    /// Follows the references to some of the rows that are deleted.
    async fn follow(&mut self, rows: Range<usize>, caller: Option<&Caller<'_>>) -> Result<(), Error> {
        let mut of_managers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for place in rows {
            if let Some((manager, _)) = self.rows.get(place) {
                of_managers.entry(manager).or_default().push(place);
            }
        }
        for (manager, places) in of_managers {
            for (index, (other, referring)) in self.scope.referring(manager).into_iter().enumerate() {
                for places in places.chunks(MAX_VALUES) {
                    let targets = self.targets(places, index);
                    if !targets.is_empty() {
                        self.follow_field(other, referring, targets, caller).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the field of this index among the referring ones holds in the rows that refer to these rows.
    fn targets(&self, places: &[usize], index: usize) -> Targets {
        let value = |place: &usize| {
            let (_, values) = self.rows.get(*place)?;
            Some((values.get(index)?.clone(), *place))
        };
        // A null refers to nothing.
        let values = places.iter().filter_map(value);
        values.filter(|(value, _)| !value.is_null()).collect()
    }

    /// Follows the references of one field to rows that are deleted.
    async fn follow_field(
        &mut self,
        manager: usize,
        referring: ReferringField,
        targets: Targets,
        caller: Option<&Caller<'_>>,
    ) -> Result<(), Error> {
        let rows = FoundRows {
            manager,
            field: referring.field,
            values: targets.keys().cloned().collect(),
        };
        match referring.on_delete {
            OnDelete::Restrict if self.scope.may_delete(manager) => self.restricting.push((rows, targets)),
            OnDelete::Restrict => {
                if self.has_row(&rows, rows.select()).await? {
                    self.restrict(&rows, caller).await?;
                }
            }
            OnDelete::Cascade if self.scope.deletes_unread(manager) => {
                if self.has_row(&rows, rows.select()).await? {
                    self.unread_deletions.push(Step {
                        rows,
                        change: StepChange::Delete,
                        is_requested: false,
                    });
                }
            }
            OnDelete::SetNull if self.scope.clears_unread(manager) => {
                if self.has_row(&rows, rows.select()).await? {
                    self.unread_updates.push(Step {
                        rows,
                        change: StepChange::Clear(vec![referring.field]),
                        is_requested: false,
                    });
                }
            }
            OnDelete::Cascade | OnDelete::SetNull => self.read_field(&rows, referring, &targets).await?,
        }
        Ok(())
    }

    /// Reads the rows that refer to rows that are deleted.
    async fn read_field(
        &mut self,
        rows: &FoundRows,
        referring: ReferringField,
        targets: &Targets,
    ) -> Result<(), Error> {
        let Some(other) = self.scope.manager(rows.manager).cloned() else {
            return Ok(());
        };
        let mut pages = StoredPages::all(&other, rows.select());
        while let Some(page) = pages.next().await? {
            self.clock.check()?;
            for row in page.rows.iter() {
                // A database may compare values in another way than this process.
                let to = targets.get(value(row, rows.field)).copied();
                if referring.on_delete == OnDelete::Cascade {
                    let from = self.delete(rows.manager, row)?;
                    self.rows.refer(from, rows.field, to);
                } else {
                    let row = self.row(rows.manager, row);
                    self.count(&row, &[])?;
                    self.rows.clear(row, rows.field, to);
                }
            }
        }
        Ok(())
    }

    /// Refuses the deletion if a row that stays refers to a row that is deleted.
    async fn check_restrictions(&mut self, caller: Option<&Caller<'_>>) -> Result<(), Error> {
        'fields: for (rows, targets) in std::mem::take(&mut self.restricting) {
            let Some(other) = self.scope.manager(rows.manager).cloned() else {
                continue;
            };
            let mut pages = StoredPages::all(&other, rows.select());
            while let Some(page) = pages.next().await? {
                self.clock.check()?;
                for row in page.rows.iter() {
                    let Some(from) = self.rows.place_of(&self.row(rows.manager, row)) else {
                        self.restrict(&rows, caller).await?;
                        continue 'fields;
                    };
                    let to = targets.get(value(row, rows.field)).copied();
                    self.rows.refer(from, rows.field, to);
                }
            }
        }
        Ok(())
    }

    /// Refuses the deletion for these rows. The conflict names the field that refers to the row, if the caller may read the field, and a
    /// row that has it. Otherwise the search goes on: a row that the caller sees is named, whether a hidden one forbids the deletion too
    /// or not.
    async fn restrict(&mut self, rows: &FoundRows, caller: Option<&Caller<'_>>) -> Result<(), Error> {
        let Some(other) = self.scope.manager(rows.manager) else {
            return Err(is_referred(self.managed));
        };
        let is_shown = match caller.map(|caller| caller.principal) {
            None => true,
            Some(principal) if other.require_rules(Some(principal)).is_err() => false,
            Some(principal) => {
                let caller = other.caller(principal, None);
                let select = Select {
                    condition: caller.rows.condition(),
                    ..rows.select()
                };
                caller.reads(rows.field)
                    && (caller.rows == Access::Always || self.has_row(rows, select).await?)
            }
        };
        if !is_shown {
            self.is_restricted = true;
            return Ok(());
        }
        let (manager, field) = (
            other.description.name(),
            other.description.field(rows.field).name(),
        );
        let message = format!("{}: those of `{manager}`, by `{field}`", conflict::REFERRED);
        Err(Error::conflict(self.managed.description.name(), None, message))
    }

    /// Whether there is a row of the manager that matches.
    async fn has_row(&self, rows: &FoundRows, select: Select) -> Result<bool, Error> {
        self.clock.check()?;
        match self.scope.manager(rows.manager) {
            Some(other) => Ok(StoredPages::first(other, select).next().await?.is_some()),
            None => Ok(false),
        }
    }

    /// Adds a row that is deleted, unless it is known. Returns its place.
    fn delete(&mut self, manager: usize, row: &[Value]) -> Result<usize, Error> {
        let reference = self.row(manager, row);
        if let Some(place) = self.rows.place_of(&reference) {
            return Ok(place);
        }
        let referring = self.scope.referring(manager);
        let values = referring
            .iter()
            .map(|(_, referring)| value(row, referring.key).clone());
        let values: Vec<Value> = values.collect();
        self.count(&reference, &values)?;
        Ok(self.rows.delete(reference, values))
    }

    fn row(&self, manager: usize, row: &[Value]) -> RowRef {
        let other = self.scope.manager(manager);
        let id = other.map(|other| value(row, other.description.id_index()).clone());
        (manager, id.unwrap_or_default())
    }

    /// Counts a row that is read and stays in memory.
    fn count(&mut self, (_, id): &RowRef, values: &[Value]) -> Result<(), Error> {
        let (manager, limits) = (self.managed.description.name(), self.managed.limits.bulk);
        self.followed = self.followed.saturating_add(1);
        limits.check_rows(manager, self.followed)?;
        let bytes = bytes_of(std::slice::from_ref(id)).saturating_add(bytes_of(values));
        self.bytes = self.bytes.saturating_add(bytes as u64);
        limits.check_bytes(manager, self.bytes)
    }
}

fn value(row: &[Value], field: u16) -> &Value {
    row.get(usize::from(field)).unwrap_or(&Value::Null)
}
