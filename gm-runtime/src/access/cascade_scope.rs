//! The managers of which a deletion may change rows.

use std::any::TypeId;
use std::collections::HashSet;
use std::sync::Arc;

use super::Managed;
use super::foreign_keys::ReferringField;
use crate::error::Error;
use crate::manager::{Description, OnDelete};

/// The managers of which the deletion of rows of the first one may change rows, found by the declarations alone.
pub(super) struct CascadeScope {
    managers: Vec<(TypeId, Arc<Managed>)>,
    /// The places of the managers whose rows may be deleted. They come first.
    deleted: usize,
    /// The places of the managers with a field that restricts the deletion of rows.
    restricting: HashSet<usize>,
    /// The fields that may become null, with the places of their managers.
    clearing: HashSet<(usize, u16)>,
}

impl CascadeScope {
    /// The scope of a manager.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] for a manager without foreign keys.
    pub(super) fn of(managed: &Managed) -> Result<Self, Error> {
        let description = managed.description;
        let Some(keys) = managed.foreign_keys() else {
            let manager = description.name();
            return Err(Error::NotRegistered { manager });
        };
        let mut scope = Self {
            managers: Vec::new(),
            deleted: 0,
            restricting: HashSet::new(),
            clearing: HashSet::new(),
        };
        scope.place_of(managed, keys.manager, description)?;
        let mut others = Vec::new();
        while let Some((_, manager)) = scope.managers.get(scope.deleted) {
            let manager = Arc::clone(manager);
            for referring in referring_of(&manager) {
                match referring.on_delete {
                    OnDelete::Cascade => {
                        scope.place_of(managed, referring.manager, referring.description)?;
                    }
                    OnDelete::Restrict | OnDelete::SetNull => others.push(*referring),
                }
            }
            scope.deleted = scope.deleted.saturating_add(1);
        }
        for referring in others {
            let place = scope.place_of(managed, referring.manager, referring.description)?;
            match referring.on_delete {
                OnDelete::Restrict => {
                    scope.restricting.insert(place);
                }
                OnDelete::Cascade | OnDelete::SetNull => {
                    scope.clearing.insert((place, referring.field));
                }
            }
        }
        Ok(scope)
    }

    /// The manager at a place.
    pub(super) fn manager(&self, place: usize) -> Option<&Arc<Managed>> {
        self.managers.get(place).map(|(_, manager)| manager)
    }

    /// The fields that refer to rows of the manager at a place, and the places of their managers.
    pub(super) fn referring(&self, place: usize) -> Vec<(usize, ReferringField)> {
        let referring = self
            .manager(place)
            .map_or(&[][..], |manager| referring_of(manager));
        let place = |referring: &ReferringField| {
            let mut managers = self.managers.iter();
            managers.position(|(known, _)| *known == referring.manager)
        };
        referring
            .iter()
            .filter_map(|field| Some((place(field)?, *field)))
            .collect()
    }

    /// Whether rows of the manager may be deleted.
    pub(super) fn may_delete(&self, place: usize) -> bool {
        place < self.deleted
    }

    /// Whether the rows of the manager can be deleted without knowing which ones they are: no row refers to them, and they restrict no
    /// deletion.
    pub(super) fn deletes_unread(&self, place: usize) -> bool {
        let is_requested = place == 0;
        let is_referred = self
            .manager(place)
            .is_none_or(|manager| !referring_of(manager).is_empty());
        self.may_delete(place) && !is_requested && !is_referred && !self.restricting.contains(&place)
    }

    /// Whether a field of the manager's rows can become null without knowing which ones they are: they are not to be deleted, or are
    /// already, and no other field of theirs becomes null by an update of its own.
    pub(super) fn clears_unread(&self, place: usize) -> bool {
        let fields = self.clearing.iter().filter(|(manager, _)| *manager == place);
        (!self.may_delete(place) || self.deletes_unread(place)) && fields.count() == 1
    }

    /// The managers whose rows may be changed or deleted.
    fn changed(&self) -> impl Iterator<Item = &Arc<Managed>> {
        let is_changed = |place: &usize| {
            self.may_delete(*place) || self.clearing.iter().any(|(cleared, _)| cleared == place)
        };
        let places = (0..self.managers.len()).filter(is_changed);
        places.filter_map(|place| self.manager(place))
    }

    fn place_of(
        &mut self,
        managed: &Managed,
        manager: TypeId,
        description: &'static Description,
    ) -> Result<usize, Error> {
        if let Some(place) = self.managers.iter().position(|(known, _)| *known == manager) {
            return Ok(place);
        }
        let other = managed.manager(manager, description)?;
        self.managers.push((manager, other));
        Ok(self.managers.len().saturating_sub(1))
    }
}

/// The managers of which the deletion of rows of these managers may change rows.
///
/// Their order is the same for each deletion and in each process with the same managers, so that their tables can be locked in it. A manager
/// comes behind those that refer to it, as in a cascade, unless they refer to each other in a circle.
pub(crate) fn changed_by_deletions<'m>(
    managers: impl IntoIterator<Item = &'m Managed>,
) -> Vec<&'static Description> {
    let reach = |manager: &Managed| CascadeScope::of(manager).map_or(0, |scope| scope.managers.len());
    let scopes = managers
        .into_iter()
        .filter_map(|manager| CascadeScope::of(manager).ok());
    let changed = scopes.flat_map(|scope| scope.changed().cloned().collect::<Vec<_>>());
    let mut changed: Vec<_> = changed
        .map(|manager| {
            (
                (reach(&manager), manager.description.table()),
                manager.description,
            )
        })
        .collect();
    changed.sort_by_key(|(order, _)| *order);
    changed.dedup_by_key(|(order, _)| *order);
    changed.into_iter().map(|(_, description)| description).collect()
}

fn referring_of(manager: &Managed) -> &[ReferringField] {
    manager.foreign_keys().map_or(&[], |keys| &keys.referring)
}
