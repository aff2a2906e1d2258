//! Parses an event, for the consumer.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::format::{ID_KEY, TRACE_KEY};
use crate::change::Action;
use crate::json::{MemoryBudget, RawJson, View};
use crate::trace::TraceContext;

/// The deepest nesting of an event.
const MAX_LEVELS: usize = 64;

/// An event from an owner's websocket: a change of one row of a resource, or of any of its rows.
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
    trace: Option<TraceContext>,
}

/// The parts of an event, not parsed yet.
#[derive(Default)]
struct Parts<'t> {
    protocol_version: Option<RawJson<'t>>,
    base_path: Option<RawJson<'t>>,
    resource: Option<RawJson<'t>>,
    action: Option<RawJson<'t>>,
    event_id: Option<RawJson<'t>>,
    trace: Option<RawJson<'t>>,
    identification: Option<RawJson<'t>>,
}

/// The part, if it is text.
fn text_of(part: Option<RawJson<'_>>) -> Option<Cow<'_, str>> {
    match part?.view() {
        View::Text(text) => Some(text),
        _ => None,
    }
}

/// The error of a text that is no invalidation event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an invalidation event: {0}")]
pub struct EventError(&'static str);

impl InvalidationEvent {
    /// An event of this resource. Without an id any row may have changed.
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
            trace: None,
        }
    }

    /// Parses the text of a frame. Unknown keys are ignored, and an unknown action is a refresh.
    ///
    /// # Errors
    /// If the text is no JSON object, or a part is missing or has another type. Treat an unreadable frame from a
    /// resource's own websocket as a refresh.
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
                TRACE_KEY => parts.trace = Some(value),
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
        // Anything but one id is not understood, so any row may have changed.
        let id = match parts.identification.map(RawJson::view) {
            Some(View::Object(mut parts)) => match (parts.next(), parts.next()) {
                (Some((key, id)), None) if key == ID_KEY => id.to_value(&mut MemoryBudget::unbounded()).ok(),
                _ => None,
            },
            _ => None,
        };
        Ok(Self {
            event_id: text_of(parts.event_id).map(Cow::into_owned),
            trace: text_of(parts.trace).and_then(|trace| TraceContext::parse(&trace)),
            ..Self::new(protocol_version, base_path, resource, action, id)
        })
    }

    /// The protocol version of the owner.
    #[must_use]
    pub fn protocol_version(&self) -> &str {
        &self.protocol_version
    }

    /// The base path of the resource.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// The name of the resource.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The kind of the change. An unknown action is [`Action::Refresh`].
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The row's id. `None` if any row may have changed.
    #[must_use]
    pub fn id(&self) -> Option<&Json> {
        self.id.as_ref()
    }

    /// The id of the event itself, if the owner sent one.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// The trace of the write, if the owner sent one (`traceparent`).
    #[must_use]
    pub fn trace(&self) -> Option<TraceContext> {
        self.trace
    }
}
