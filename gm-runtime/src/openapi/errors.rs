//! The error document, and the replies that have it.

use serde_json::{Map, Value as Json, json};

use super::context::{ERROR, METADATA, component};
use super::headers::{self, header};
use crate::protocol::error_code::ErrorCode;

/// The statuses of errors, with their reason phrases (RFC 9110, 15), which name the replies.
const STATUSES: [(u16, &str); 12] = [
    (400, "BadRequest"),
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "NotFound"),
    (409, "Conflict"),
    (412, "PreconditionFailed"),
    (413, "ContentTooLarge"),
    (415, "UnsupportedMediaType"),
    (422, "UnprocessableContent"),
    (429, "TooManyRequests"),
    (500, "InternalServerError"),
    (503, "ServiceUnavailable"),
];

/// The error document.
pub(super) fn error() -> Json {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    let detail = json!({
        "field": {"type": "string", "description": "The field, the lookup or the key of the body."},
        "message": {"type": "string"},
    });
    let mut details = detail.clone();
    super::values::set(
        &mut details,
        "operation",
        json!({
            "type": "integer",
            "description": "The place of the operation of a batch that failed.",
        }),
    );
    super::values::set(
        &mut details,
        "errors",
        json!({
            "type": "array",
            "description": "Every mistake, if there are several.",
            "items": {"type": "object", "properties": detail, "required": ["message"]},
        }),
    );
    json!({
        "type": "object",
        "properties": {
            "error": {"type": "string", "description": "A sentence for each code."},
            "error_code": {"type": "string", "enum": codes},
            "metadata": component(METADATA),
            "details": {"type": "object", "properties": details},
        },
        "required": ["error", "error_code", "metadata"],
    })
}

/// The replies with an error, one for each status.
pub(super) fn responses() -> Json {
    let responses = STATUSES
        .iter()
        .map(|(status, name)| ((*name).to_owned(), response(*status)));
    Json::Object(responses.collect())
}

fn response(status: u16) -> Json {
    let codes = || ErrorCode::ALL.into_iter().filter(|code| code.status() == status);
    let sentences: Vec<_> = codes().map(ErrorCode::sentence).collect();
    let names: Vec<_> = codes().map(ErrorCode::name).collect();
    let mut own = Map::new();
    own.insert("X-Request-ID".to_owned(), header(headers::REQUEST_ID));
    match status {
        401 => {
            own.insert("WWW-Authenticate".to_owned(), header(headers::WWW_AUTHENTICATE));
        }
        409 | 429 | 503 => {
            own.insert("Retry-After".to_owned(), header(headers::RETRY_AFTER));
        }
        _ => {}
    }
    json!({
        "description": sentences.join(" "),
        "headers": own,
        "content": {"application/json": {"schema": {
            "allOf": [component(ERROR), {"type": "object", "properties": {"error_code": {"enum": names}}}],
        }}},
    })
}

/// The replies of an operation with these statuses, by status.
pub(super) fn refusals(statuses: &[u16]) -> impl Iterator<Item = (String, Json)> {
    let named = STATUSES.iter().filter(|(status, _)| statuses.contains(status));
    named.map(|(status, name)| {
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        (status.to_string(), reference)
    })
}
