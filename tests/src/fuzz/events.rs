//! The target for events, as the consumer reads them.

use std::path::Path;

use gm_runtime::change::Action;
use gm_runtime::client::InvalidationEvent;
use gm_runtime::{GeneralManager, Gm};
use serde_json::{Value as Json, json};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
struct RemoteProject {
    #[field(id)]
    id: i64,
    name: String,
}

/// Parses an input as an event, and gives it to the consumer's cache.
pub fn target() -> impl FnMut(&[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let gm = runtime
        .block_on(Gm::builder().manual_invalidation().build())
        .unwrap();
    move |input| {
        let Ok(text) = std::str::from_utf8(input) else {
            return;
        };
        let Ok(event) = InvalidationEvent::parse(text) else {
            return;
        };
        assert_eq!(InvalidationEvent::parse(&write(&event)).as_ref(), Ok(&event));
        assert!(event.action() != Action::Refresh || event.id().is_none());
        let is_ours = (event.protocol_version(), event.base_path(), event.resource())
            == ("v1", "/internal/gm", "projects");
        assert_eq!(RemoteProject::handle_invalidation_event(&gm, &event), is_ours);
    }
}

/// The recorded frames, and other forms of an event.
pub fn corpus() -> Vec<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/websocket.json");
    let recorded: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let steps = recorded
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|run| run["steps"].as_array().unwrap());
    let mut corpus: Vec<_> = steps
        .filter_map(|step| step["frames"].as_array())
        .flatten()
        .filter_map(|frame| frame["text"].as_str())
        .map(|text| text.as_bytes().to_vec())
        .collect();
    assert!(corpus.len() > 10, "{}", corpus.len());
    let first: Json = serde_json::from_slice(&corpus[0]).unwrap();
    for (key, value) in [
        ("action", json!("refresh")),
        ("action", json!("delete")),
        ("action", json!("renamed")),
        ("identification", Json::Null),
        ("identification", json!({"id": "text"})),
        ("identification", json!({"id": 1, "tenant": 2})),
        ("event_id", Json::Null),
        ("unknown", json!([{}])),
    ] {
        let mut event = first.clone();
        event[key] = value;
        corpus.push(event.to_string().into_bytes());
    }
    corpus
}

/// The event as an owner would write it.
fn write(event: &InvalidationEvent) -> String {
    json!({
        "protocol_version": event.protocol_version(),
        "base_path": event.base_path(),
        "resource_name": event.resource(),
        "action": event.action().name(),
        "identification": event.id().map(|id| json!({ "id": id })),
        "event_id": event.event_id(),
    })
    .to_string()
}
