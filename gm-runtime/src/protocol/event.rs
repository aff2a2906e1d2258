//! An invalidation event, both ways.

pub use decode::{EventError, InvalidationEvent};
pub(crate) use encode::encode;

/// The longest event that a consumer accepts, in bytes. A typical one has 300.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// The key of `identification` that holds the row's id, whatever the id's field is called.
const ID: &str = "id";

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

mod decode {
    use std::borrow::Cow;

    use serde_json::Value as Json;

    use super::ID;
    use crate::change::Action;
    use crate::json::{MemoryBudget, RawJson, View};

    /// The deepest that an event may be nested.
    const MAX_LEVELS: usize = 64;

    /// What an owner's websocket told: a change of a row of a resource, or that anything in it may have changed.
    ///
    /// ```
    /// use gm_runtime::change::Action;
    /// use gm_runtime::client::InvalidationEvent;
    ///
    /// let event = InvalidationEvent::parse(
    ///     r#"{"protocol_version": "v1", "base_path": "/internal/gm", "resource_name": "projects",
    ///         "action": "update", "identification": {"id": 42}}"#,
    /// )?;
    /// assert_eq!(event.action(), Action::Update);
    /// assert_eq!(event.id(), Some(&serde_json::json!(42)));
    /// # Ok::<(), gm_runtime::client::EventError>(())
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct InvalidationEvent {
        protocol_version: String,
        base_path: String,
        resource: String,
        action: Action,
        id: Option<Json>,
        event_id: Option<String>,
    }

    /// The parts of an event, as they stand in its text.
    #[derive(Default)]
    struct Parts<'t> {
        protocol_version: Option<RawJson<'t>>,
        base_path: Option<RawJson<'t>>,
        resource: Option<RawJson<'t>>,
        action: Option<RawJson<'t>>,
        event_id: Option<RawJson<'t>>,
        identification: Option<RawJson<'t>>,
    }

    /// The part, where it is text.
    fn text_of(part: Option<RawJson<'_>>) -> Option<Cow<'_, str>> {
        match part?.view() {
            View::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text that is no invalidation event.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    #[error("not an invalidation event: {0}")]
    pub struct EventError(&'static str);

    impl InvalidationEvent {
        /// An event of this resource, of the row of this id; without an id it means that anything may have changed.
        #[must_use]
        pub fn new(
            protocol_version: impl Into<String>,
            base_path: impl Into<String>,
            resource: impl Into<String>,
            action: Action,
            id: Option<Json>,
        ) -> Self {
            Self {
                protocol_version: protocol_version.into(),
                base_path: base_path.into(),
                resource: resource.into(),
                action,
                id: id.filter(|id| action != Action::Refresh && !id.is_null()),
                event_id: None,
            }
        }

        /// Reads a frame's text. Keys that are not known are ignored, and an unknown action is a refresh.
        ///
        /// # Errors
        /// When the text is no JSON object, or a part is missing or of another type. What came over a resource's own
        /// websocket and can't be read should be taken for a refresh.
        pub fn parse(text: &str) -> Result<Self, EventError> {
            let Ok(View::Object(event)) = RawJson::parse(text, MAX_LEVELS).map(RawJson::view) else {
                return Err(EventError("expected a JSON object"));
            };
            let mut parts = Parts::default();
            for (key, value) in event {
                // Of a repeated key the last one counts.
                match &*key {
                    "protocol_version" => parts.protocol_version = Some(value),
                    "base_path" => parts.base_path = Some(value),
                    "resource_name" => parts.resource = Some(value),
                    "action" => parts.action = Some(value),
                    "event_id" => parts.event_id = Some(value),
                    "identification" => parts.identification = Some(value),
                    _ => {}
                }
            }
            let required = |part, error| text_of(part).ok_or(EventError(error));
            let protocol_version = required(parts.protocol_version, "`protocol_version` must be text")?;
            let base_path = required(parts.base_path, "`base_path` must be text")?;
            let resource = required(parts.resource, "`resource_name` must be text")?;
            let action = match &*required(parts.action, "`action` must be text")? {
                "create" => Action::Create,
                "update" => Action::Update,
                "delete" => Action::Delete,
                _ => Action::Refresh,
            };
            // An identification that is not of one id is not understood, so that anything may have changed.
            let id = match parts.identification.map(RawJson::view) {
                Some(View::Object(mut parts)) => match (parts.next(), parts.next()) {
                    (Some((key, id)), None) if key == ID => id.to_value(&mut MemoryBudget::unbounded()).ok(),
                    _ => None,
                },
                _ => None,
            };
            Ok(Self {
                event_id: text_of(parts.event_id).map(Cow::into_owned),
                ..Self::new(protocol_version, base_path, resource, action, id)
            })
        }

        /// The version of the contract that the owner speaks.
        #[must_use]
        pub fn protocol_version(&self) -> &str {
            &self.protocol_version
        }

        /// The path under which the resource lies.
        #[must_use]
        pub fn base_path(&self) -> &str {
            &self.base_path
        }

        /// The resource's name.
        #[must_use]
        pub fn resource(&self) -> &str {
            &self.resource
        }

        /// What happened; [`Action::Refresh`] for what is not known.
        #[must_use]
        pub fn action(&self) -> Action {
            self.action
        }

        /// The row's id; absent where anything may have changed.
        #[must_use]
        pub fn id(&self) -> Option<&Json> {
            self.id.as_ref()
        }

        /// The event's own id, where the owner gave one.
        #[must_use]
        pub fn event_id(&self) -> Option<&str> {
            self.event_id.as_deref()
        }
    }
}
