//! The search for the rows that a deletion changes.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use super::cascade::{Cascade, Cleared, Deletion, RowRef, is_referred};
use super::deletion_order::{DeletionOrder, Edge};
use super::{Caller, Managed};
use crate::condition::{Lookup, Operand, Operator};
use crate::error::{Error, conflict};
use crate::field::Value;
use crate::interface::{Read, Representation, Target};
use crate::manager::{Description, OnDelete, Record, Records};
use crate::query::{RecordPage, Select};

/// The most references that one deletion follows. Their ids are in memory, and other writes may wait meanwhile.
const MAX_REFERENCES: usize = 100_000;

/// The rows that are read at once, of which only the ids stay in memory.
const PAGE_SIZE: u64 = 1_000;

/// The search for the rows that a deletion changes.
pub(super) struct CascadeSearch<'m> {
    /// The manager of the rows that the caller deletes.
    managed: &'m Managed,
    /// The place of this manager.
    manager: usize,
    managers: Vec<(TypeId, Arc<Managed>)>,
    /// The rows that are deleted, and the values of each that referring fields hold. Those that the caller deletes are the first.
    deleted: Vec<(RowRef, Vec<Value>)>,
    /// The place of a row among those that are deleted.
    places: HashMap<RowRef, usize>,
    /// The references between the rows that are deleted.
    edges: Vec<Edge>,
    /// The references that become null, with the places of the rows that they refer to.
    clearing: Vec<(RowRef, u16, usize)>,
    /// The rows that forbid the deletion, unless they are deleted too, with the places of the rows that they refer to.
    restricting: Vec<(Referring, usize)>,
    /// The number of rows that the caller deletes.
    requested: usize,
    followed: usize,
}

/// The rows that refer to a row by one field.
struct Referring {
    manager: usize,
    field: u16,
    value: Value,
}

impl<'m> CascadeSearch<'m> {
    /// A search for the rows that refer to rows of this manager.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] for a manager without foreign keys.
    pub(super) fn of(managed: &'m Managed) -> Result<Self, Error> {
        let description = managed.description;
        let Some(keys) = managed.foreign_keys() else {
            let manager = description.name();
            return Err(Error::NotRegistered { manager });
        };
        let mut search = Self {
            managed,
            manager: 0,
            managers: Vec::new(),
            deleted: Vec::new(),
            places: HashMap::new(),
            edges: Vec::new(),
            clearing: Vec::new(),
            restricting: Vec::new(),
            requested: 0,
            followed: 0,
        };
        search.manager = search.place_of(keys.manager, description)?;
        Ok(search)
    }

    /// Adds a row that the caller deletes. It exists, and the caller may delete it.
    pub(super) fn add(&mut self, row: &[Value]) {
        self.delete(self.manager, row);
        self.requested = self.deleted.len();
    }

    /// The number of rows that the caller deletes.
    pub(super) fn requested(&self) -> usize {
        self.requested
    }

    /// Finds the changes that the deletion of the rows causes.
    ///
    /// The rules of the caller do not judge the other rows, as those of a database do not.
    ///
    /// # Errors
    /// [`Error::Conflict`] if a row refers to one of them by a field with `on_delete = restrict`, or if the rows are too many.
    pub(super) async fn find(mut self, caller: Option<&Caller<'_>>) -> Result<Cascade, Error> {
        let mut next = 0;
        while let Some(((manager, _), values)) = self.deleted.get(next) {
            let (manager, values) = (*manager, values.clone());
            self.follow(next, manager, values).await?;
            next = next.saturating_add(1);
        }
        self.check_restrictions(caller).await?;
        Ok(self.finish())
    }

    /// Follows the references to a row that is deleted.
    async fn follow(&mut self, to: usize, manager: usize, values: Vec<Value>) -> Result<(), Error> {
        let other = self.managers.get(manager).map(|(_, other)| Arc::clone(other));
        let Some(keys) = other.as_ref().and_then(|other| other.foreign_keys()) else {
            return Ok(());
        };
        for (referring, value) in keys.referring.iter().zip(values) {
            // A null refers to nothing.
            if value.is_null() {
                continue;
            }
            let rows = Referring {
                manager: self.place_of(referring.manager, referring.description)?,
                field: referring.field,
                value,
            };
            if referring.on_delete == OnDelete::Restrict {
                self.restricting.push((rows, to));
                continue;
            }
            let mut number = 1;
            loop {
                let page = self.page(&rows, number, PAGE_SIZE).await?;
                self.count(page.rows.len())?;
                for row in page.rows.iter() {
                    if referring.on_delete == OnDelete::Cascade {
                        let from = self.delete(rows.manager, row);
                        self.edges.push(Edge {
                            from,
                            field: rows.field,
                            to,
                        });
                    } else {
                        self.clearing.push((self.row(rows.manager, row), rows.field, to));
                    }
                }
                if (page.rows.len() as u64) < PAGE_SIZE {
                    break;
                }
                number = number.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Refuses the deletion if a row that stays refers to a row that is deleted.
    async fn check_restrictions(&mut self, caller: Option<&Caller<'_>>) -> Result<(), Error> {
        for (rows, to) in std::mem::take(&mut self.restricting) {
            let is_of_manager = |((manager, _), _): &&(RowRef, _)| *manager == rows.manager;
            let deleted = self.deleted.iter().filter(is_of_manager).count();
            // If more rows refer to it than are deleted, one of them stays.
            let size = (deleted as u64).saturating_add(1);
            let page = self.page(&rows, 1, size).await?;
            self.count(page.rows.len())?;
            for row in page.rows.iter() {
                let Some(from) = self.places.get(&self.row(rows.manager, row)).copied() else {
                    return Err(self.restricted(&rows, row, caller));
                };
                self.edges.push(Edge {
                    from,
                    field: rows.field,
                    to,
                });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Cascade {
        let mut cleared = Cleared::default();
        for (row, field, to) in self.clearing {
            match self.places.get(&row) {
                // A row that is deleted needs no other change.
                Some(from) => self.edges.push(Edge {
                    from: *from,
                    field,
                    to,
                }),
                None => cleared.add(row, field),
            }
        }
        let order = DeletionOrder::of(self.deleted.len(), &self.edges);
        for edge in order.in_circles {
            let row = self.deleted.get(edge.from).map(|(row, _)| row.clone());
            let other = row.as_ref().and_then(|(manager, _)| self.managers.get(*manager));
            // Where no field of a circle can be null, the foreign keys of the tables decide.
            if let (Some(row), Some((_, other))) = (row, other)
                && other.description.field(edge.field).nullable()
            {
                cleared.add(row, edge.field);
            }
        }
        let deletion = |place: usize| {
            let (row, _) = self.deleted.get(place)?;
            Some(Deletion {
                row: row.clone(),
                is_requested: place < self.requested,
            })
        };
        Cascade {
            deleted: order.rows.into_iter().filter_map(deletion).collect(),
            managers: self.managers,
            cleared,
        }
    }

    /// The conflict of a deletion that this row restricts. It names the field that refers to the deleted row, if the caller may read
    /// both the row and the field.
    fn restricted(&self, rows: &Referring, row: &[Value], caller: Option<&Caller<'_>>) -> Error {
        let Some((_, other)) = self.managers.get(rows.manager) else {
            return is_referred(self.managed);
        };
        let is_shown = caller.is_none_or(|caller| {
            let caller = other.caller(caller.principal, None);
            other.require_rules(Some(caller.principal)).is_ok()
                && caller.reads(rows.field)
                && caller.sees(&Record::new(row.to_vec()))
        });
        if !is_shown {
            return is_referred(self.managed);
        }
        let (manager, field) = (
            other.description.name(),
            other.description.field(rows.field).name(),
        );
        let message = format!("{}: those of `{manager}`, by `{field}`", conflict::REFERRED);
        Error::conflict(self.managed.description.name(), None, message)
    }

    fn count(&mut self, references: usize) -> Result<(), Error> {
        self.followed = self.followed.saturating_add(references);
        if self.followed > MAX_REFERENCES {
            let message = format!(
                "more than {MAX_REFERENCES} references lead to this row, and the deletion would follow all of them: delete the rows that \
                 refer to it first, in parts"
            );
            return Err(Error::conflict(self.managed.description.name(), None, message));
        }
        Ok(())
    }

    /// Adds a row that is deleted, unless it is known. Returns its place.
    fn delete(&mut self, manager: usize, row: &[Value]) -> usize {
        let reference = self.row(manager, row);
        let place = *self.places.entry(reference.clone()).or_insert(self.deleted.len());
        if place == self.deleted.len() {
            let other = self.managers.get(manager).map(|(_, other)| other);
            let keys = other.and_then(|other| other.foreign_keys());
            let referring = keys.map_or(&[][..], |keys| &keys.referring);
            let values = referring.iter().map(|referring| value(row, referring.key));
            self.deleted.push((reference, values.collect()));
        }
        place
    }

    fn row(&self, manager: usize, row: &[Value]) -> RowRef {
        let other = self.managers.get(manager).map(|(_, other)| other);
        let id = other.map(|other| value(row, other.description.id_index()));
        (manager, id.unwrap_or_default())
    }

    /// The place of a manager, which is looked up once.
    fn place_of(&mut self, manager: TypeId, description: &'static Description) -> Result<usize, Error> {
        if let Some(place) = self.managers.iter().position(|(known, _)| *known == manager) {
            return Ok(place);
        }
        let other = self.managed.manager(manager, description)?;
        self.managers.push((manager, other));
        Ok(self.managers.len().saturating_sub(1))
    }

    /// A page of the rows that refer to a row.
    async fn page(&self, rows: &Referring, number: u64, size: u64) -> Result<RecordPage, Error> {
        let Some((_, other)) = self.managers.get(rows.manager) else {
            return Ok(RecordPage::new(Records::new(self.managed.description), None));
        };
        let mut select = Select::new();
        select.filters.push(Lookup {
            field: rows.field,
            operator: Operator::Exact,
            operand: Operand::Value(rows.value.clone()),
        });
        (select.page, select.page_size) = (Some(number), Some(size));
        other.interface.fill_page(&mut select)?;
        let read = Read {
            target: Target::Page(select),
            representation: Representation::Records,
            fresh: true,
        };
        other.interface.read(read).await?.records()
    }
}

fn value(row: &[Value], field: u16) -> Value {
    row.get(usize::from(field)).cloned().unwrap_or_default()
}
