//! What a consumer's struct expects of its owner.

use super::describe::value_of;
use super::{FieldSchema, ResourceSchema};
use crate::manager::{Description, FieldDescription, Operation, Operations, Remote};

/// The schema that a consumer's struct expects: the least that its owner serves if the two fit. It has no hash.
///
/// Lookups and orderings are not part of it: a struct does not say which of them are used.
pub(crate) fn expected(description: &'static Description, remote: &Remote) -> ResourceSchema {
    let operations = remote.operations();
    let field = |(index, field): (u16, &'static FieldDescription)| {
        let is_id = index == description.id_index();
        let is_assigned = is_id && description.id_assigned();
        let is_written = !field.read_only() && field.kept().is_none();
        let creatable = operations.contains(Operation::Create) && is_written && !is_assigned;
        FieldSchema {
            creatable,
            updatable: operations.contains(Operation::Update) && is_written && !is_id,
            required: creatable && field.required(),
            kept: field.kept(),
            ..value_of(field)
        }
    };
    let version = description.version_index().map(|_| "version".to_owned());
    ResourceSchema {
        base_path: remote.base_path().to_owned(),
        resource: remote.resource().to_owned(),
        protocol_version: remote.protocol_version().to_owned(),
        manager: description.name().to_owned(),
        operations: Operations::EACH
            .into_iter()
            .filter(|operation| operations.contains(*operation))
            .collect(),
        websocket: remote.websocket_invalidation(),
        features: version.into_iter().collect(),
        id: description.id_field().name().to_owned(),
        fields: (0_u16..).zip(description.fields()).map(field).collect(),
        ..ResourceSchema::default()
    }
}
