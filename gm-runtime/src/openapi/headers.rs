//! The headers of requests and replies.

use serde_json::{Value as Json, json};

pub(super) const ENTITY_TAG: &str = "EntityTag";
pub(super) const FEATURES: &str = "Features";
pub(super) const REPLAYED: &str = "IdempotencyReplayed";
pub(super) const REQUEST_ID: &str = "RequestId";
pub(super) const RETRY_AFTER: &str = "RetryAfter";
pub(super) const SCHEMA_HASH: &str = "SchemaHash";
pub(super) const WWW_AUTHENTICATE: &str = "WwwAuthenticate";

pub(super) const IDEMPOTENCY_KEY: &str = "IdempotencyKey";
pub(super) const IF_MATCH: &str = "IfMatch";

/// The headers of replies, as components.
pub(super) fn headers() -> Json {
    let text = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        ENTITY_TAG: {
            "description": "The version of the row, for `If-Match`.",
            "schema": {"type": "string", "pattern": r#"^"-?[0-9]+"$"#},
        },
        FEATURES: text("The extensions of the protocol that the resource supports, separated by commas."),
        REPLAYED: {
            "description": "This is the answer of an earlier request with the same `Idempotency-Key`.",
            "schema": {"const": "true"},
        },
        REQUEST_ID: text("The id of the request, as in `metadata.request_id`."),
        RETRY_AFTER: {
            "description": "The seconds after which the request may be sent again.",
            "schema": {"type": "integer", "minimum": 0},
        },
        SCHEMA_HASH: {
            "description": "The hash of the resource's schema as the caller sees it.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        },
        WWW_AUTHENTICATE: text("The scheme of the credentials."),
    })
}

/// A reference to a header of replies.
pub(super) fn header(name: &str) -> Json {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// The headers of requests, as components.
pub(super) fn parameters() -> Json {
    json!({
        REQUEST_ID: {
            "name": "X-Request-ID",
            "in": "header",
            "description": "The id of the request, for logs: at most 128 printable ASCII characters. The owner replaces any other.",
            "schema": {"type": "string"},
        },
        IF_MATCH: {
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` of the version that the row must still have, or `*`.",
            "schema": {"type": "string", "pattern": r#"^\s*("-?[0-9]+"|\*)\s*$"#},
        },
        IDEMPOTENCY_KEY: {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A key of this write alone. The same request with the same key is carried out once.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        },
    })
}

/// A reference to a header of requests.
pub(super) fn parameter(name: &str) -> Json {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// The header with the protocol version.
pub(super) fn protocol_version(version: &str) -> Json {
    json!({
        "name": "X-General-Manager-Protocol-Version",
        "in": "header",
        "description": "The protocol version. Another one is refused.",
        "schema": {"type": "string", "enum": [version]},
    })
}
