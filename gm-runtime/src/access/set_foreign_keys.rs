//! Finds the foreign keys of the managers of a handle.

use std::any::TypeId;
use std::sync::Arc;

use super::Managed;
use super::foreign_keys::{ForeignKeys, OwnKey, ReferringField, is_same_table};
use crate::interface::is_same_storage;

/// Sets the foreign keys of all managers of a handle, once all of them are known.
pub(crate) fn set_foreign_keys(managers: &[(TypeId, Arc<Managed>)]) {
    let mut keys: Vec<_> = managers
        .iter()
        .map(|(manager, _)| ForeignKeys::new(*manager))
        .collect();
    for (place, (manager, managed)) in managers.iter().enumerate() {
        for (field, declared) in (0_u16..).zip(managed.description.fields()) {
            let Some(reference) = declared.reference() else {
                continue;
            };
            let mut others = managers.iter();
            let other = others.find(|(other, _)| *other == reference.type_id());
            let Some((_, other)) = other else {
                continue;
            };
            let is_foreign_key = is_of_one_storage(managed, other);
            // Another service, and storage of the application, may refuse the id of a row that does not exist.
            if !is_foreign_key && managed.interface.transactions().is_some() {
                continue;
            }
            if let Some(keys) = keys.get_mut(place) {
                keys.add_own(OwnKey { field, reference });
            }
            for (keys, (_, target)) in keys.iter_mut().zip(managers) {
                if let Some(field) = shared_field(target, managed, field) {
                    keys.add_own(OwnKey { field, reference });
                }
                let Some(key) = key_in(target, other).filter(|_| is_foreign_key) else {
                    continue;
                };
                let referring = ReferringField {
                    manager: *manager,
                    description: managed.description,
                    field,
                    on_delete: reference.on_delete(),
                    key,
                };
                keys.add_referring(referring, managed.interface.enforces_references());
            }
        }
    }
    for ((_, managed), keys) in managers.iter().zip(keys) {
        managed.set_foreign_keys(keys);
    }
}

fn is_of_one_storage(one: &Managed, other: &Managed) -> bool {
    match (one.interface.transactions(), other.interface.transactions()) {
        (Some(one), Some(other)) => is_same_storage(&one, &other),
        _ => false,
    }
}

/// The field of `target` that has the column of this field of `other`, if it is another manager of the table, or the name of the field, if
/// it is another manager of the same resource of another service. `None` for one with a reference of its own.
fn shared_field(target: &Arc<Managed>, other: &Arc<Managed>, field: u16) -> Option<u16> {
    if Arc::ptr_eq(target, other) {
        return None;
    }
    let declared = other.description.field(field);
    let shared = if shares_table(target, other) {
        let mut fields = (0_u16..).zip(target.description.fields());
        let shared = fields.find(|(_, field)| field.column().eq_ignore_ascii_case(declared.column()));
        shared.map(|(index, _)| index)
    } else if shares_resource(target, other) {
        target.description.field_index(declared.name())
    } else {
        None
    };
    shared.filter(|field| target.description.field(*field).reference().is_none())
}

/// Whether the managers have the same rows of another service.
fn shares_resource(one: &Managed, other: &Managed) -> bool {
    let caches = one.cache().zip(other.cache());
    caches.is_some_and(|(one, other)| one.is_sibling_of(other))
}

/// Whether the managers have the same rows. Managers in memory have rows of their own, whatever their table is.
fn shares_table(one: &Arc<Managed>, other: &Arc<Managed>) -> bool {
    other.interface.enforces_references()
        && is_of_one_storage(one, other)
        && is_same_table(one.description, other.description)
}

/// The field of `target` that has the ids of `other`: of the same manager, or of another one of its table.
fn key_in(target: &Arc<Managed>, other: &Arc<Managed>) -> Option<u16> {
    if Arc::ptr_eq(target, other) {
        return Some(other.description.id_index());
    }
    let is_shared = shares_table(target, other);
    let id = other.description.id_field().column();
    let mut fields = (0_u16..).zip(target.description.fields());
    let key = fields.find(|(_, field)| field.column().eq_ignore_ascii_case(id));
    key.map(|(index, _)| index).filter(|_| is_shared)
}
