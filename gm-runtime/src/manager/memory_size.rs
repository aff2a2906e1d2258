//! The memory size of values.

use crate::field::Value;

/// An estimate of the memory size of these values, in bytes.
pub(crate) fn bytes_of(values: &[Value]) -> usize {
    let bytes = values.iter().map(|value| {
        let heap = match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Json(json) => json_bytes(json),
            _ => 0,
        };
        heap.saturating_add(size_of::<Value>())
    });
    bytes.fold(0, usize::saturating_add)
}

fn json_bytes(json: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    let heap = match json {
        Json::String(text) => text.len(),
        Json::Array(members) => members.iter().map(json_bytes).fold(0, usize::saturating_add),
        Json::Object(members) => members
            .iter()
            .map(|(key, member)| key.len().saturating_add(json_bytes(member)))
            .fold(0, usize::saturating_add),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    };
    heap.saturating_add(size_of::<Json>())
}
