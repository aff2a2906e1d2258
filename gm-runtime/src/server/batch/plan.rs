//! The operations of a batch, each with its resource and its caller.

use std::sync::Arc;

use crate::access::{AuditEntry, Caller, Managed, Principal, Trail, changed_by_deletions, is_audited};
use crate::interface::{Transactions, is_same_storage};
use crate::json::{RawJson, View};
use crate::manager::{Description, Operation};
use crate::protocol::batch_body::{BatchOperation, Part, ResultField};
use crate::protocol::batch_failure::BatchFailure;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::write_body::WriteKind;
use crate::server::routes::{Base, Resource, Route};
use crate::server::settings::ServerSettings;

/// A batch whose resources and references are checked.
pub(super) struct Plan<'a> {
    pub(super) settings: &'a ServerSettings,
    pub(super) operations: Vec<PlannedOperation<'a>>,
    principal: &'a Principal,
    trails: &'a [Trail<'a>],
}

pub(super) struct PlannedOperation<'a> {
    pub(super) resource: &'a Resource,
    pub(super) caller: Caller<'a>,
    pub(super) operation: BatchOperation<'a>,
    /// The fields of its row to which later operations refer.
    pub(super) referenced: Vec<u16>,
}

impl<'a> Plan<'a> {
    /// Checks what is wrong with the batch whatever the rows are: its resources, and the fields that references name. Each
    /// operation has a trail.
    ///
    /// # Errors
    /// A failure with the place of the operation. A resource of another base path, and one that is not exposed, is unknown.
    pub(super) fn new(
        base: &'a Base,
        settings: &'a ServerSettings,
        principal: &'a Principal,
        trails: &'a [Trail<'a>],
        operations: Vec<BatchOperation<'a>>,
    ) -> Result<Self, BatchFailure> {
        let mut plan = Self {
            settings,
            operations: Vec::with_capacity(operations.len()),
            principal,
            trails,
        };
        let mut storage = None;
        for (place, operation) in operations.into_iter().enumerate() {
            let planned = plan.add(base, operation, &mut storage, trails.get(place));
            planned.map_err(|failure| BatchFailure::of_operation(place, failure))?;
        }
        Ok(plan)
    }

    fn add(
        &mut self,
        base: &'a Base,
        operation: BatchOperation<'a>,
        storage: &mut Option<Arc<dyn Transactions>>,
        trail: Option<&'a Trail<'a>>,
    ) -> Result<(), Failure> {
        let resource = base.resource(&operation.resource).ok_or(ErrorCode::NotFound)?;
        check_operation(resource, operation.kind)?;
        check_storage(resource, storage)?;
        if let Some(reference) = operation.id.as_ref().and_then(Part::result) {
            self.note_reference(reference)?;
        }
        for (_, part) in operation.values.iter() {
            if let Some(reference) = part.result() {
                self.note_reference(reference)?;
            }
        }
        let mut known = self.operations.iter();
        let caller = match known.find(|planned| std::ptr::eq(planned.resource, resource)) {
            Some(planned) => planned.caller.with_trail(trail),
            None => resource.managed.caller(self.principal, trail),
        };
        self.operations.push(PlannedOperation {
            caller,
            resource,
            operation,
            referenced: Vec::new(),
        });
        Ok(())
    }

    /// Notes a field to which a later operation refers. A field that the caller may not read does not exist.
    fn note_reference(&mut self, reference: &ResultField<'_>) -> Result<(), Failure> {
        let ResultField { operation, field } = reference;
        let unknown = || {
            let message = format!("the result of the operation {operation} has no such field");
            Failure::invalid_field(field, message)
        };
        let target = self.operations.get_mut(*operation).ok_or_else(unknown)?;
        if target.operation.kind == WriteKind::Delete {
            return Err(unknown());
        }
        let index = target.resource.description.field_index(field);
        let index = index
            .filter(|index| target.caller.fields.contains(*index))
            .ok_or_else(unknown)?;
        if !target.referenced.contains(&index) {
            target.referenced.push(index);
        }
        Ok(())
    }

    /// The manager of the first operation. `None` for a batch without operations.
    pub(super) fn first(&self) -> Option<&'a Managed> {
        self.operations.first().map(|first| &*first.resource.managed)
    }

    /// The caller of each resource, in the order in which the batch names them first.
    pub(super) fn callers(&self) -> Vec<&Caller<'a>> {
        let mut firsts: Vec<&PlannedOperation<'a>> = Vec::new();
        for planned in &self.operations {
            if firsts
                .iter()
                .all(|first| !std::ptr::eq(first.resource, planned.resource))
            {
                firsts.push(planned);
            }
        }
        firsts.into_iter().map(|first| &first.caller).collect()
    }

    /// The managers whose rows the deletions of the batch may change.
    pub(super) fn changed_by_deletions(&self) -> Vec<&'static Description> {
        let is_deletion = |planned: &&PlannedOperation<'_>| planned.operation.kind == WriteKind::Delete;
        let deletions = self.operations.iter().filter(is_deletion);
        changed_by_deletions(deletions.map(|planned| &*planned.resource.managed))
    }

    /// Whether the caller has the permission for each operation, whatever the rows are.
    pub(super) fn is_permitted(&self) -> bool {
        self.operations.iter().all(|planned| {
            let operation = operation_of(planned.operation.kind);
            let managed = &planned.resource.managed;
            managed.allows(operation, Some(self.principal))
        })
    }

    /// Records the refusal of an operation. Returns whether the operation has an entry in the audit log.
    pub(super) fn audit_refusal(&self, refused: &BatchFailure) -> bool {
        let Some(place) = refused.operation.filter(|_| is_audited()) else {
            return false;
        };
        let (Some(planned), Some(trail)) = (self.operations.get(place), self.trails.get(place)) else {
            return false;
        };
        if trail.is_recorded() {
            return true;
        }
        let operation = operation_of(planned.operation.kind);
        let mut entry = AuditEntry::of_caller(
            planned.resource.description,
            operation.name(),
            Some(self.principal),
            Some(trail),
        );
        if let Some(Part::Value(id)) = &planned.operation.id {
            entry.set_id_text(&id_text(*id));
        }
        entry.record(refused.failure.code.name());
        true
    }
}

fn operation_of(kind: WriteKind) -> Operation {
    match kind {
        WriteKind::Create => Operation::Create,
        WriteKind::Update => Operation::Update,
        WriteKind::Delete => Operation::Delete,
    }
}

fn id_text(id: RawJson<'_>) -> String {
    match id.view() {
        View::Text(text) => text.into_owned(),
        View::Number(Some(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Refuses an operation that the resource does not allow, as the route of the single request does.
fn check_operation(resource: &Resource, kind: WriteKind) -> Result<(), Failure> {
    let route = match kind {
        WriteKind::Create => Route::Collection,
        WriteKind::Update | WriteKind::Delete => Route::Item(""),
    };
    let mut allowed = resource.methods(route).map(|(_, operation)| operation).peekable();
    if allowed.peek().is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    match allowed.any(|allowed| allowed == operation_of(kind)) {
        true => Ok(()),
        false => Err(ErrorCode::MethodNotAllowed.into()),
    }
}

/// Refuses a resource whose rows are not in the storage of the operations before.
fn check_storage(resource: &Resource, storage: &mut Option<Arc<dyn Transactions>>) -> Result<(), Failure> {
    let invalid = |message| Err(Failure::invalid_field("resource", message));
    let Some(found) = resource.managed.interface().transactions() else {
        return invalid("the rows of this resource can't be part of a batch: they have no transactions");
    };
    if !is_same_storage(storage.get_or_insert_with(|| Arc::clone(&found)), &found) {
        return invalid("the rows of this resource are in another storage than those of the first operation");
    }
    Ok(())
}
