//! A request's body as a JSON object.

use serde_json::{Map, Value as Json};

use super::failure::Failure;

/// Reads a body: a JSON object, or nothing, which stands for `{}`. Of a repeated key the last one counts.
pub(crate) fn object(body: &[u8], max_depth: usize) -> Result<Map<String, Json>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    // Lone surrogates, NaN and a byte order mark are errors of the parser; so is nesting past 128, which bounds the
    // recursion below.
    let json =
        serde_json::from_slice(body).map_err(|_| Failure::invalid("expected a JSON object in UTF-8"))?;
    if deeper_than(&json, max_depth) {
        return Err(Failure::invalid(format!(
            "expected JSON of at most {max_depth} levels"
        )));
    }
    match json {
        Json::Object(object) => Ok(object),
        _ => Err(Failure::invalid("expected a JSON object")),
    }
}

fn deeper_than(json: &Json, levels: usize) -> bool {
    match (json, levels.checked_sub(1)) {
        (Json::Array(_) | Json::Object(_), None) => true,
        (Json::Array(members), Some(levels)) => members.iter().any(|member| deeper_than(member, levels)),
        (Json::Object(members), Some(levels)) => members.values().any(|member| deeper_than(member, levels)),
        _ => false,
    }
}
