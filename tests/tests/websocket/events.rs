//! The events for each kind of change.

use std::path::Path;

use gm_tests::conformance::{self, Project, Running};
use gm_tests::database::TestDatabase;
use gm_tests::marker;
use gm_tests::raw::Request;
use serde_json::Value as Json;

use super::{PROJECTS, serve_on, subscribe};

fn recorded(version: &str, path: &str) -> Vec<Json> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/websocket.json");
    let runs: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let run = runs
        .as_array()
        .unwrap()
        .iter()
        .find(|run| run["version"] == version && run["path"] == path);
    run.unwrap()["steps"].as_array().unwrap().clone()
}

/// An event without its id, which differs in each run.
fn without_event_id(mut event: Json) -> Json {
    let id = event.as_object_mut().unwrap().remove("event_id").unwrap();
    let id = id.as_str().unwrap();
    assert!(id == "<uuid4>" || id.len() == 36, "{id}");
    event
}

/// R-deletes: a delete sends an event, as in version 0.75.1. An update that changes nothing does not, as in 0.87.1.
async fn replay(database: &TestDatabase, path: &str) {
    let service = serve_on(database, |builder| builder).await;
    let mut socket = subscribe(&service, path).await;
    let old = recorded("0.75.1", path);
    let new = recorded("0.87.1", path);
    assert_eq!(old.len(), new.len());
    for (old, new) in old.iter().zip(&new) {
        let http = old["http"].as_array().unwrap();
        let (method, path) = (http[0].as_str().unwrap(), http[1].as_str().unwrap());
        // A change by the Python service's own code, for which there is no request.
        if path.starts_with("/_peer/") {
            continue;
        }
        let mut request = Request::new(method, path);
        if let Some(body) = http.get(2) {
            request = request.json(&body.to_string());
        }
        let response = request.send(service.address).await.unwrap();
        assert_eq!(Json::from(response.status), old["status"], "{method} {path}");
        let expected = if method == "PATCH" { new } else { old };
        let expected: Vec<Json> = expected["frames"]
            .as_array()
            .unwrap()
            .iter()
            .map(|frame| serde_json::from_str(frame["text"].as_str().unwrap()).unwrap())
            .map(without_event_id)
            .collect();
        marker::published(&service.gm).await;
        let got: Vec<Json> = socket
            .pending()
            .await
            .unwrap()
            .iter()
            .map(|frame| without_event_id(frame.json()))
            .collect();
        assert_eq!(got, expected, "{method} {path}");
    }
    service.stop().await.unwrap();
}

gm_tests::on_each_database! {
    the_recorded_changes_of_projects_are_sent,
    the_recorded_changes_of_work_items_are_sent,
    changes_of_the_owners_own_code_are_sent,
    refused_writes_send_no_event,
}

async fn the_recorded_changes_of_projects_are_sent(database: TestDatabase) {
    replay(&database, PROJECTS).await;
}

async fn the_recorded_changes_of_work_items_are_sent(database: TestDatabase) {
    replay(&database, "/internal/gm/ws/work-items?version=v1").await;
}

/// R-read-only-events: the owner's own code writes, too.
async fn changes_of_the_owners_own_code_are_sent(database: TestDatabase) {
    let service = serve_on(&database, |builder| builder).await;
    let mut socket = subscribe(&service, PROJECTS).await;
    Project::by_id(3)
        .update()
        .status("archived")
        .exec(&service.gm)
        .await
        .unwrap();
    service.gm.refresh::<Project>().unwrap();
    marker::published(&service.gm).await;
    let events = socket.pending().await.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].json()["action"], "update");
    assert_eq!(events[0].json()["identification"], serde_json::json!({"id": 3}));
    assert_eq!(events[1].json()["action"], "refresh");
    assert_eq!(events[1].json()["identification"], Json::Null);
    assert_ne!(events[0].json()["event_id"], events[1].json()["event_id"]);
    service.stop().await.unwrap();
}

#[derive(Clone, Debug, gm_runtime::GeneralManager)]
#[database(table = "tags")]
#[permission(read = public)]
#[remote_api(resource = "tags", allow_detail, websocket_invalidation)]
struct Tag {
    #[field(id)]
    id: String,
}

/// Consumers refuse messages of more than 64 KiB, and would lose their subscription for each.
#[tokio::test]
async fn an_event_that_is_too_long_for_consumers_becomes_a_refresh() {
    let builder = gm_runtime::Gm::builder().in_memory::<Tag>().expose::<Tag>();
    let service = Running::start(builder).await.unwrap();
    let mut socket = subscribe(&service, "/gm/ws/tags").await;
    for (length, action) in [(60_000, "create"), (70_000, "refresh")] {
        let id = "a".repeat(length);
        Tag::create(TagCreate { id }).exec(&service.gm).await.unwrap();
        let events = socket.pending().await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].json()["action"], action);
    }
    service.stop().await.unwrap();
}

async fn refused_writes_send_no_event(database: TestDatabase) {
    let service = serve_on(&database, |builder| builder).await;
    let mut socket = subscribe(&service, "/internal/gm/ws/guarded-things").await;
    let requests = [
        Request::new("POST", "/internal/gm/guarded-things").json(r#"{"name": "x"}"#),
        Request::new("PATCH", "/internal/gm/guarded-things/1").json(r#"{"name": "x"}"#),
        Request::new("DELETE", "/internal/gm/guarded-things/1"),
    ];
    for request in requests {
        assert_eq!(request.send(service.address).await.unwrap().status, 403);
    }
    marker::published(&service.gm).await;
    assert_eq!(socket.pending().await.unwrap(), []);
    service.stop().await.unwrap();
}

/// Each thread sends to its own subscribers, also after some of them have disconnected.
#[tokio::test]
async fn subscribers_on_several_threads_get_each_change_once() {
    let builder = conformance::builder().database("sqlite::memory:");
    let service = Running::start_on(3, builder).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    let mut sockets = Vec::new();
    for _ in 0..9 {
        sockets.push(subscribe(&service, PROJECTS).await);
    }
    for left in [9, 4, 1] {
        sockets.truncate(left);
        service.gm.refresh::<Project>().unwrap();
        let pending = sockets.iter_mut().map(|socket| socket.pending());
        for events in futures_util::future::try_join_all(pending).await.unwrap() {
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].json()["action"], "refresh");
        }
    }
    service.stop().await.unwrap();
}
