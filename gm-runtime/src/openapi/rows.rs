//! The rows of a resource: read, created and updated.

use serde_json::{Map, Value as Json, json};

use super::context::{Context, METADATA, WRITE_METADATA, component};
use super::names::Part;
use super::values::{Purpose, set, value};
use crate::manager::Kept;
use crate::schema::{FieldSchema, ResourceSchema};

/// A row as the caller reads it. A later owner may add fields.
pub(super) fn row(resource: &ResourceSchema) -> Json {
    let fields = || resource.fields.iter().filter(|field| !field.write_only);
    let properties: Map<_, _> = fields().map(|field| property(field, Purpose::Read)).collect();
    let names: Vec<_> = fields().map(|field| &field.name).collect();
    json!({
        "type": "object",
        "description": format!("A row of `{}`.", resource.resource),
        "properties": properties,
        "required": names,
    })
}

/// The body of a create.
pub(super) fn create(resource: &ResourceSchema) -> Json {
    let required = resource.fields.iter().filter(|field| field.required);
    let required: Vec<_> = required.map(|field| &field.name).collect();
    let fields = resource.fields.iter().filter(|field| field.creatable);
    let mut schema = written(fields, format!("A new row of `{}`.", resource.resource));
    if !required.is_empty() {
        set(&mut schema, "required", json!(required));
    }
    schema
}

/// The body of an update.
pub(super) fn update(resource: &ResourceSchema) -> Json {
    let fields = resource.fields.iter().filter(|field| field.updatable);
    written(
        fields,
        format!("The fields of a row of `{}` that change.", resource.resource),
    )
}

fn written<'a>(fields: impl Iterator<Item = &'a FieldSchema>, description: String) -> Json {
    let mut properties: Map<_, _> = fields.map(|field| property(field, Purpose::Write)).collect();
    properties.insert("__metadata__".to_owned(), component(WRITE_METADATA));
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The metadata of a write.
pub(super) fn write_metadata() -> Json {
    json!({
        "type": "object",
        "properties": {"history_comment": {
            "type": ["string", "null"],
            "description": "Why the row is changed, for the owner's history.",
        }},
        "additionalProperties": false,
    })
}

/// A field with its value and what is to be known about it.
fn property(field: &FieldSchema, purpose: Purpose) -> (String, Json) {
    let mut schema = value(field, purpose);
    let description = description(field, purpose);
    if !description.is_empty() {
        set(&mut schema, "description", json!(description));
    }
    (field.name.clone(), schema)
}

fn description(field: &FieldSchema, purpose: Purpose) -> String {
    let mut sentences: Vec<String> = Vec::new();
    match field.kept {
        Some(Kept::Version) => sentences.push("The version of the row, which each change raises.".to_owned()),
        Some(Kept::Created) => sentences.push("When the row was created.".to_owned()),
        Some(Kept::Updated) => sentences.push("When the row was changed last.".to_owned()),
        Some(Kept::Computed) => sentences.push("Computed by the owner.".to_owned()),
        None => {}
    }
    if let Some(reference) = &field.references {
        sentences.push(format!("The id of a row of `{}`.", reference.resource));
    }
    if field.unique {
        sentences.push("No two rows have the same value.".to_owned());
    }
    if purpose == Purpose::Write {
        sentences.extend(field.min.iter().map(|min| format!("The minimum is {min}.")));
        sentences.extend(field.max.iter().map(|max| format!("The maximum is {max}.")));
        if field.has_default {
            sentences.push("The owner has a default.".to_owned());
        }
    }
    sentences.join(" ")
}

/// The rows of a reply.
pub(super) fn items(context: &Context<'_>, resource: &ResourceSchema) -> Json {
    json!({"type": "array", "items": context.part(resource, Part::Row)})
}

/// The reply with one row. A write whose row the caller may not read has none.
pub(super) fn reply(context: &Context<'_>, resource: &ResourceSchema) -> Json {
    let mut items = items(context, resource);
    set(&mut items, "maxItems", json!(1));
    reply_of(items)
}

/// The reply of a delete.
pub(super) fn removed() -> Json {
    reply_of(json!({"type": "array", "maxItems": 0}))
}

fn reply_of(items: Json) -> Json {
    json!({
        "type": "object",
        "properties": {"items": items, "metadata": component(METADATA)},
        "required": ["items", "metadata"],
    })
}

/// The metadata of every reply.
pub(super) fn common_metadata() -> Json {
    json!({
        "type": "object",
        "properties": {
            "protocol_version": {"type": "string"},
            "request_id": {"type": "string", "description": "The `X-Request-ID` of the request, or a new one."},
        },
        "required": ["protocol_version", "request_id"],
    })
}

/// The metadata of a reply with more of its own.
pub(super) fn metadata(own: Map<String, Json>, required: &[&str]) -> Json {
    json!({
        "allOf": [component(METADATA), {"type": "object", "properties": own, "required": required}],
    })
}
