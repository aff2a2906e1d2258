//! Batches: several writes of the resources of a base path in one request.

use serde_json::{Map, Value as Json, json};

use super::context::{Context, METADATA, REMOVED, RESULT_FIELD, component};
use super::names::Part;
use super::query::has_feature;
use super::rows;
use super::values::{Purpose, not_null, set};
use crate::manager::Operation;
use crate::schema::ResourceSchema;

/// The operations of a batch that the caller may send for the resource, by their names.
pub(super) fn operations(resource: &ResourceSchema) -> Vec<(Part, Json)> {
    let may_be_part = has_feature(resource, "batch");
    let each = [
        (Part::CreateOperation, Operation::Create),
        (Part::UpdateOperation, Operation::Update),
        (Part::DeleteOperation, Operation::Delete),
    ];
    let allowed = each
        .into_iter()
        .filter(|(_, kind)| may_be_part && resource.allows(*kind));
    allowed
        .map(|(part, kind)| (part, operation(resource, kind)))
        .collect()
}

fn operation(resource: &ResourceSchema, kind: Operation) -> Json {
    let mut properties = Map::new();
    let mut required = vec!["resource", "operation"];
    let mut put = |key: &str, schema: Json| properties.insert(key.to_owned(), schema);
    put("resource", json!({"const": resource.resource}));
    put("operation", json!({"const": kind.name()}));
    if kind != Operation::Create {
        put("id", or_result(id(resource)));
        required.push("id");
        put(
            "if_match",
            json!({
                "type": ["string", "null"],
                "description": "What `If-Match` of the single request would be.",
            }),
        );
    }
    let values = match kind {
        Operation::Create => rows::create(resource),
        Operation::Update => rows::update(resource),
        _ => json!({"type": "object"}),
    };
    let values = with_results(values);
    if values.get("required").is_some() {
        required.push("values");
    }
    put(
        "values",
        match kind {
            Operation::Create => values,
            _ => super::values::or_null(values),
        },
    );
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The body of the single request, each of whose values may be a field of an earlier result.
fn with_results(mut body: Json) -> Json {
    if let Some(Json::Object(properties)) = body.get_mut("properties") {
        for schema in properties.values_mut() {
            *schema = or_result(schema.take());
        }
    }
    body
}

fn or_result(schema: Json) -> Json {
    json!({"anyOf": [schema, component(RESULT_FIELD)]})
}

fn id(resource: &ResourceSchema) -> Json {
    let field = resource.field(&resource.id);
    field.map_or_else(
        || json!({"type": ["integer", "string"]}),
        |field| not_null(field, Purpose::Compare),
    )
}

/// A field of the result of an earlier operation.
pub(super) fn result_field() -> Json {
    json!({
        "type": "object",
        "description": "Stands for a field of the result of an earlier operation of the batch.",
        "properties": {
            "$result": {"type": "integer", "minimum": 0, "description": "The place of that operation, from 0."},
            "field": {"type": "string"},
        },
        "required": ["$result", "field"],
        "additionalProperties": false,
    })
}

/// Adds the components of batches at a base path. Returns whether there are batches.
pub(super) fn add_components<'a>(
    context: &Context<'_>,
    base_path: &str,
    resources: impl Iterator<Item = &'a ResourceSchema>,
    components: &mut Map<String, Json>,
) -> bool {
    let (mut sent, mut replies) = (Vec::new(), vec![component(REMOVED)]);
    for resource in resources {
        let operations = operations(resource);
        sent.extend(operations.iter().map(|(part, _)| context.part(resource, *part)));
        if operations.iter().any(|(part, _)| *part != Part::DeleteOperation) {
            replies.push(context.part(resource, Part::Reply));
        }
    }
    if sent.is_empty() {
        return false;
    }
    let (body, reply) = context.batch(base_path);
    components.insert(
        body.to_owned(),
        json!({
            "type": "object",
            "description": "Writes that are carried out together, or not at all.",
            "properties": {"operations": {"type": "array", "items": {"anyOf": sent}}},
            "required": ["operations"],
            "additionalProperties": false,
        }),
    );
    let mut schema = json!({
        "type": "object",
        "properties": {"metadata": component(METADATA)},
        "required": ["results", "metadata"],
    });
    if let Some(properties) = schema.get_mut("properties") {
        set(
            properties,
            "results",
            json!({
                "type": "array",
                "description": "What each operation alone would have answered, in their order.",
                "items": {"anyOf": replies},
            }),
        );
    }
    components.insert(reply.to_owned(), schema);
    true
}
