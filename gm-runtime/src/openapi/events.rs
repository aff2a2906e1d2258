//! The websockets of events, which OpenAPI has no words for: the extension `x-websockets`.

use serde_json::{Map, Value as Json, json};

use super::context::{EVENT, component};
use crate::protocol::close_code;
use crate::protocol::names::EVENTS_SUBPROTOCOL;
use crate::schema::ResourceSchema;

/// The websockets of these resources, by path.
pub(super) fn websockets<'a>(resources: impl Iterator<Item = &'a ResourceSchema>) -> Map<String, Json> {
    let announced = resources.filter(|resource| resource.websocket);
    announced
        .map(|resource| {
            let path = format!("{}/ws/{}", resource.base_path, resource.resource);
            (path, websocket(resource))
        })
        .collect()
}

fn websocket(resource: &ResourceSchema) -> Json {
    let ends = [
        (
            close_code::UNAUTHORIZED,
            "The caller may read no row of the resource, or its credentials are wrong.",
        ),
        (close_code::UNKNOWN_RESOURCE, "The resource has no websocket."),
        (
            close_code::WRONG_VERSION,
            "The resource has another protocol version.",
        ),
        (
            close_code::CREDENTIAL_ENDED,
            "The credential has ended. Come again with a fresh one.",
        ),
        (close_code::GOING_AWAY, "The service ends."),
        (
            close_code::TRY_AGAIN_LATER,
            "The owner sends no events at present.",
        ),
    ];
    let ends: Map<_, _> = ends
        .iter()
        .map(|(code, meaning)| (code.to_string(), json!(meaning)))
        .collect();
    json!({
        "description": format!(
            "A text frame for each committed change of `{}`. What the caller sends is ignored.",
            resource.resource
        ),
        "query": {"version": {"type": "string", "enum": [resource.protocol_version]}},
        "subprotocols": [EVENTS_SUBPROTOCOL],
        "message": component(EVENT),
        "closeCodes": ends,
    })
}

/// An event.
pub(super) fn event() -> Json {
    json!({
        "type": "object",
        "description": "A committed change of one row, or of any row of the resource.",
        "properties": {
            "protocol_version": {"type": "string"},
            "base_path": {"type": "string"},
            "resource_name": {"type": "string"},
            "action": {
                "type": "string",
                "examples": ["create", "update", "delete", "refresh"],
                "description": "Treat an unknown one like `refresh`.",
            },
            "identification": {
                "type": ["object", "null"],
                "description": "The row. Null for `refresh`: any row may have changed.",
                "properties": {"id": {"type": ["integer", "string"]}},
                "required": ["id"],
            },
            "event_id": {"type": "string"},
        },
        "required": ["protocol_version", "base_path", "resource_name", "action", "identification"],
    })
}
