//! Encodes an event, for the owner's websocket.

use uuid::Uuid;

use super::format::{ID_KEY, TRACE_KEY};
use crate::change::Change;
use crate::manager::Api;
use crate::protocol::values;
use crate::trace::TraceContext;

/// The text of the event for this change of this resource, in this trace.
pub(crate) fn encode(api: &Api, change: &Change, event_id: Uuid, trace: Option<TraceContext>) -> String {
    let mut out = Vec::with_capacity(256);
    let mut member = |before: &str, text: &str| {
        out.extend_from_slice(before.as_bytes());
        // Neither text nor a vector can fail here.
        let _ = serde_json::to_writer(&mut out, text);
    };
    member("{\"protocol_version\":", api.protocol_version());
    member(",\"base_path\":", api.base_path());
    member(",\"resource_name\":", api.resource());
    member(",\"action\":", change.action().name());
    member(
        ",\"event_id\":",
        event_id.hyphenated().encode_lower(&mut Uuid::encode_buffer()),
    );
    out.extend_from_slice(b",\"identification\":");
    match change.id() {
        Some(id) => {
            out.extend_from_slice(format!("{{\"{ID_KEY}\":").as_bytes());
            values::write(id, &mut out);
            out.push(b'}');
        }
        None => out.extend_from_slice(b"null"),
    }
    if let Some(trace) = trace {
        out.extend_from_slice(format!(",\"{TRACE_KEY}\":\"{trace}\"").as_bytes());
    }
    out.push(b'}');
    // Every part is UTF-8.
    String::from_utf8(out).unwrap_or_default()
}
