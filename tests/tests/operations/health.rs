//! Liveness and readiness.

use std::sync::mpsc;
use std::time::Duration;

use gm_runtime::health::{DatabaseHealth, NotReady, SubscriptionStatus};
use gm_tests::conformance::{self, Project, ProjectCreate};
use gm_tests::raw::Request;
use serde_json::json;

use crate::remote_project::{RemoteProject, consumer};
use crate::service::Service;

fn project() -> ProjectCreate {
    ProjectCreate {
        name: "Alpha".into(),
        status: "active".into(),
    }
}

async fn owner(database: &str) -> Service {
    Service::of(conformance::builder().database(database).build().await.unwrap())
}

#[tokio::test]
async fn a_service_is_live_and_ready_until_it_stops() {
    let service = owner("sqlite::memory:").await;
    let (status, live) = service.get("/health/live").await;
    assert_eq!((status, &live["live"]), (200, &json!(true)));
    assert_eq!(live["loops"][0]["name"], "sqlite writer");
    assert_eq!(live["loops"][0]["turning"], true);
    let ready = json!({ "ready": true, "not_ready": [], "database": "available" });
    assert_eq!(service.get("/health/ready").await, (200, ready));
    // A path is a text, and not a pattern of actix.
    assert_eq!(service.get("/{nopattern/ready").await.0, 200);

    let post = service.send(Request::new("POST", "/health/live")).await;
    assert_eq!(post.status, 405);
    assert!(post.headers.contains(&("allow".into(), "GET, HEAD".into())));
    let head = service.send(Request::new("HEAD", "/health/ready")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for path in ["/health", "/health/", "/health/other", "/health/live/x", "/live"] {
        let response = service.send(Request::new("GET", path)).await;
        assert_eq!(response.status, 404, "{path}");
    }

    service.gm.close().await;
    let stopping = json!({ "ready": false, "not_ready": ["stopping"], "database": "available" });
    assert_eq!(service.get("/health/ready").await, (503, stopping));
    // A supervisor must not kill a process that ends by itself.
    assert_eq!(service.get("/health/live").await.0, 200);
    service.stop().await;
}

#[tokio::test]
async fn a_lost_file_ends_readiness_and_not_liveness() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.db");
    let service = owner(&format!("sqlite://{}", path.display())).await;
    assert_eq!(service.get("/health/ready").await.0, 200);
    std::fs::remove_file(&path).unwrap();
    while service.gm.health().database != Some(DatabaseHealth::FileLost) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let lost = json!({ "ready": false, "not_ready": ["database_file_lost"], "database": "file_lost" });
    assert_eq!(service.get("/health/ready").await, (503, lost));
    assert_eq!(service.get("/health/live").await.0, 200);
    service.stop().await;
}

#[tokio::test]
async fn suspended_events_end_readiness_until_they_are_resumed() {
    let service = owner("sqlite::memory:").await;
    service.gm.suspend_events::<Project>().unwrap();
    let (status, body) = service.get("/health/ready").await;
    assert_eq!((status, &body["not_ready"]), (503, &json!(["events_suspended"])));
    service.gm.resume_events::<Project>().unwrap();
    assert_eq!(service.get("/health/ready").await.0, 200);
    service.stop().await;
}

/// The loop is that of the thread that writes, and not another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_writing_thread_that_hangs_stops_turning() {
    let gm = conformance::builder()
        .database("sqlite::memory:")
        .build()
        .await
        .unwrap();
    let since_turn = || gm.health().loops[0].since_turn.unwrap();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let hanging = gm.on_change::<Project>(move |_| released.lock().unwrap().recv().unwrap_or_default());
    let writer = gm.clone();
    let write = tokio::spawn(async move { Project::create(project()).exec(&writer).await });
    while since_turn() < Duration::from_millis(1200) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Not yet too long, and health does not wait for the thread.
    assert!(gm.health().is_live() && gm.health().writes == 1);
    drop(release);
    write.await.unwrap().unwrap();
    while since_turn() > Duration::from_millis(1000) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(hanging);
}

#[tokio::test]
async fn the_thread_of_the_token_file_is_a_loop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    std::fs::write(&path, r#"{"tokens": []}"#).unwrap();
    let gm = conformance::builder()
        .database("sqlite::memory:")
        .token_file(path);
    let gm = gm.build().await.unwrap();
    let names: Vec<_> = gm.health().loops.iter().map(|each| each.name).collect();
    assert_eq!(names, ["token file", "sqlite writer"]);
}

#[tokio::test]
async fn subscriptions_are_information_unless_readiness_needs_them() {
    let owner = owner("sqlite::memory:").await;
    let url = format!("http://{}", owner.address);
    let (lenient, strict) = (
        consumer("http://127.0.0.1:1").build().await.unwrap(),
        consumer(&url).ready_needs_subscriptions().build().await.unwrap(),
    );
    assert_eq!(lenient.health().subscriptions, []);

    let mut state = lenient.subscription::<RemoteProject>().unwrap();
    state
        .wait_for(|state| !state.is_live() && format!("{state:?}").contains("Unreachable"))
        .await
        .unwrap();
    let health = lenient.health();
    assert!(health.is_ready() && health.is_live(), "{health:?}");
    assert_eq!(health.subscriptions.len(), 1);
    assert_eq!(health.subscriptions[0].manager, "RemoteProject");
    // Between two attempts, or in the next one.
    let status = health.subscriptions[0].status;
    assert!(
        matches!(
            status,
            SubscriptionStatus::Waiting | SubscriptionStatus::Connecting
        ),
        "{status:?}"
    );
    let json = serde_json::to_string(&health).unwrap();
    assert!(!json.contains("127.0.0.1") && !json.contains("example"), "{json}");

    let down = consumer("http://127.0.0.1:1");
    let down = down.ready_needs_subscriptions().build().await.unwrap();
    let _state = down.subscription::<RemoteProject>().unwrap();
    assert_eq!(down.health().not_ready, [NotReady::SubscriptionDown]);
    let mut state = strict.subscription::<RemoteProject>().unwrap();
    state.wait_for(|state| state.is_live()).await.unwrap();
    let health = strict.health();
    assert_eq!(health.not_ready, []);
    assert_eq!(health.subscriptions[0].status, SubscriptionStatus::Live);
    assert!(health.subscriptions[0].lease_age.is_some());
    owner.stop().await;
}
