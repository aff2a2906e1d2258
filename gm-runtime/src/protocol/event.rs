//! An invalidation event, both ways.

#[cfg(feature = "client")]
pub(crate) use decode::{Event, EventError};
#[cfg(feature = "server")]
pub(crate) use encode::encode;

/// The key of `identification` that holds the row's id, whatever the id's field is called.
const ID: &str = "id";

#[cfg(feature = "server")]
mod encode {
    use uuid::Uuid;

    use super::ID;
    use crate::change::Change;
    use crate::manager::Api;
    use crate::protocol::values;

    /// The text frame that tells of this change of this resource.
    pub(crate) fn encode(api: &Api, change: &Change, event_id: Uuid) -> String {
        let mut out = Vec::with_capacity(256);
        let mut member = |before: &str, text: &str| {
            out.extend_from_slice(before.as_bytes());
            // Text always serializes, and a vector always takes it.
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
                out.extend_from_slice(format!("{{\"{ID}\":").as_bytes());
                values::write(id, &mut out);
                out.push(b'}');
            }
            None => out.extend_from_slice(b"null"),
        }
        out.push(b'}');
        // Every part is UTF-8.
        String::from_utf8(out).unwrap_or_default()
    }
}

#[cfg(feature = "client")]
mod decode {
    use serde_json::Value as Json;

    use super::ID;
    use crate::change::Action;

    /// An event as it came, with the id still untyped.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Event {
        pub(crate) protocol_version: String,
        pub(crate) base_path: String,
        pub(crate) resource: String,
        pub(crate) action: Action,
        /// Absent where anything may have changed, or where the identification is not of one id.
        pub(crate) id: Option<Json>,
        pub(crate) event_id: Option<String>,
    }

    /// A text that is no invalidation event.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    #[error("not an invalidation event: {0}")]
    pub struct EventError(&'static str);

    impl Event {
        /// Reads a frame. Keys that are not known are ignored, and an unknown action is a refresh.
        pub(crate) fn decode(text: &str) -> Result<Self, EventError> {
            let Ok(Json::Object(mut event)) = serde_json::from_str(text) else {
                return Err(EventError("expected a JSON object"));
            };
            let mut text = |key: &str| match event.remove(key) {
                Some(Json::String(text)) => Some(text),
                _ => None,
            };
            let mut required = |key, error| text(key).ok_or(EventError(error));
            let protocol_version = required("protocol_version", "`protocol_version` must be text")?;
            let base_path = required("base_path", "`base_path` must be text")?;
            let resource = required("resource_name", "`resource_name` must be text")?;
            let action = match &*required("action", "`action` must be text")? {
                "create" => Action::Create,
                "update" => Action::Update,
                "delete" => Action::Delete,
                _ => Action::Refresh,
            };
            let event_id = text("event_id");
            let id = match event.remove("identification") {
                Some(Json::Object(mut identification))
                    if action != Action::Refresh && identification.len() == 1 =>
                {
                    identification.remove(ID)
                }
                _ => None,
            };
            Ok(Self {
                protocol_version,
                base_path,
                resource,
                action,
                id: id.filter(|id| !id.is_null()),
                event_id,
            })
        }
    }
}
