//! Metrics of real requests, in a scrape of Prometheus.

use std::collections::BTreeSet;
use std::time::Duration;

use gm_runtime::client::MissCause;
use gm_tests::conformance::{self, Project, ProjectCreate, TOKEN};
use gm_tests::raw::Request;
use gm_tests::websocket::{Socket, handshake};

use crate::remote_project::{RemoteProject, live};
use crate::scrape::{Scrape, exporter};
use crate::service::Service;

const SERVED: &str = "http_server_request_duration_seconds_count";
const SENT: &str = "http_client_request_duration_seconds_count";

async fn owner() -> Service {
    exporter();
    Service::of(
        conformance::builder()
            .database("sqlite::memory:")
            .build()
            .await
            .unwrap(),
    )
}

async fn create(service: &Service, name: &str) -> Project {
    let new = ProjectCreate {
        name: name.into(),
        status: "active".into(),
    };
    Project::create(new).exec(&service.gm).await.unwrap()
}

/// The value in `after`, less the one in `before`: the tests of a process share the exporter.
fn added(before: &Scrape, after: &Scrape, name: &str, labels: &[(&str, &str)]) -> f64 {
    after.sum(name, labels) - before.sum(name, labels)
}

#[tokio::test]
async fn requests_are_measured_by_route_method_and_status() {
    let service = owner().await;
    let before = Scrape::now();
    let row = create(&service, "Alpha").await;
    let path = format!("/internal/gm/projects/{}", row.id);
    for (method, path, times) in [
        ("GET", path.as_str(), 3),
        ("GET", "/internal/gm/projects/7777777", 1),
        ("BREW", "/internal/gm/projects/7777777", 2),
        ("GET", "/internal/gm/unknown/1", 1),
        ("GET", "/elsewhere", 1),
    ] {
        for _ in 0..times {
            service.send(Request::new(method, path)).await;
        }
    }
    service
        .send(Request::new("POST", "/internal/gm/projects/query").json("{}"))
        .await;
    service
        .send(Request::new("POST", "/internal/gm/_batch").json("[]"))
        .await;
    let after = Scrape::now();
    let (item, query) = ("/internal/gm/projects/{id}", "/internal/gm/projects/query");
    for (method, route, status, times) in [
        ("GET", item, "200", 3.0),
        ("GET", item, "404", 1.0),
        ("_OTHER", item, "405", 2.0),
        ("POST", query, "200", 1.0),
        ("POST", "/internal/gm/_batch", "400", 1.0),
    ] {
        let labels = [
            ("http_request_method", method),
            ("http_route", route),
            ("http_response_status_code", status),
            ("url_scheme", "http"),
        ];
        assert_eq!(added(&before, &after, SERVED, &labels), times, "{labels:?}");
    }
    assert_eq!(
        added(&before, &after, SERVED, &[]),
        8.0,
        "unknown paths have none"
    );
    assert_eq!(after.sum("http_server_active_requests", &[]), 0.0);
    let bounds: BTreeSet<_> = after
        .names()
        .filter(|(name, _)| name == "http_server_request_duration_seconds_bucket")
        .filter_map(|(_, labels)| labels.get("le").cloned())
        .collect();
    assert_eq!(bounds.len(), 15, "{bounds:?}");
    assert!(bounds.contains("0.005") && bounds.contains("10"), "{bounds:?}");
    service.stop().await;
}

#[tokio::test]
async fn the_database_is_measured_by_table_and_operation() {
    let service = owner().await;
    let before = Scrape::now();
    let row = create(&service, "Alpha").await;
    let row = row.update().name("Beta").exec(&service.gm).await.unwrap();
    Project::get(&service.gm, row.id).await.unwrap();
    Project::query().all(&service.gm).await.unwrap();
    row.delete(&service.gm).await.unwrap();
    let new = ["a", "b"].map(|name| ProjectCreate {
        name: name.into(),
        status: "active".into(),
    });
    Project::create_many(new).exec(&service.gm).await.unwrap();
    service.gm.collect_metrics();
    let after = Scrape::now();
    for (operation, times) in [
        ("INSERT", 1.0),
        ("UPDATE", 1.0),
        ("SELECT", 2.0),
        ("DELETE", 1.0),
        ("BATCH", 1.0),
    ] {
        let labels = [
            ("db_system_name", "sqlite"),
            ("db_collection_name", "projects"),
            ("db_operation_name", operation),
        ];
        let name = "db_client_operation_duration_seconds_count";
        assert_eq!(added(&before, &after, name, &labels), times, "{operation}");
    }
    assert_eq!(added(&before, &after, "gm_database_commit_writes_sum", &[]), 3.0);
    assert_eq!(
        added(&before, &after, "gm_database_commit_writes_count", &[]),
        3.0
    );
    for queue in ["reads", "writes"] {
        assert_eq!(after.sum("gm_database_queue", &[("gm_queue", queue)]), 0.0);
    }
    assert_eq!(after.sum("gm_writes_in_flight", &[]), 0.0);
    service.stop().await;
}

#[tokio::test]
async fn subscribers_and_their_events_are_counted_by_resource() {
    exporter();
    // A log that holds no event makes each one a refresh.
    let gm = conformance::builder()
        .database("sqlite::memory:")
        .subscriber_queue(0);
    let service = Service::of(gm.build().await.unwrap());
    let before = Scrape::now();
    let projects = [("gm_resource", "projects")];
    let subscription = handshake("/internal/gm/ws/projects");
    let (_, mut socket) = Socket::open(service.address, &subscription).await.unwrap();
    assert_eq!(Scrape::now().sum("gm_subscribers", &projects), 1.0);
    for _ in 0..2 {
        create(&service, "Alpha").await;
        assert_eq!(
            socket.receive_past_pings().await.unwrap().json()["action"],
            "refresh"
        );
    }
    let after = Scrape::now();
    assert_eq!(
        added(&before, &after, "gm_events_published_total", &projects),
        2.0
    );
    assert_eq!(added(&before, &after, "gm_events_folded_total", &projects), 2.0);
    drop(socket);
    while Scrape::now().sum("gm_subscribers", &projects) > 0.0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn a_consumer_counts_its_reads_by_outcome_and_its_misses_by_cause() {
    let service = owner().await;
    let row = create(&service, "Alpha").await;
    let before = Scrape::now();
    let gm = live(&service).await;
    let read = || RemoteProject::get(&gm, row.id);
    read().await.unwrap();
    read().await.unwrap();
    read().await.unwrap();
    let (sender, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let _subscription =
        gm.on_change::<RemoteProject>(move |change| sender.send(change.action()).unwrap_or_default());
    row.update().name("Beta").exec(&service.gm).await.unwrap();
    changes.recv().await.unwrap();
    read().await.unwrap();
    RemoteProject::get(&gm, row.id).fresh().await.unwrap();
    gm.collect_metrics();
    gm.collect_metrics();
    let after = Scrape::now();
    let reads = |outcome| {
        let labels = [("gm_manager", "RemoteProject"), ("gm_outcome", outcome)];
        added(&before, &after, "gm_cache_reads_total", &labels)
    };
    assert_eq!((reads("hit"), reads("miss")), (2.0, 3.0));
    let misses = |cause: MissCause| {
        let labels = [("gm_resource", "projects"), ("gm_cause", cause.as_str())];
        added(&before, &after, "gm_cache_misses_total", &labels)
    };
    assert_eq!(misses(MissCause::Absent), 1.0);
    assert_eq!(misses(MissCause::Change), 1.0);
    assert_eq!(misses(MissCause::Fresh), 1.0);
    let stats = gm.cache_stats::<RemoteProject>().unwrap().unwrap();
    assert_eq!(
        stats.causes().map(|(_, number)| number).sum::<u64>(),
        stats.misses
    );
    let event = [("gm_cause", "event"), ("gm_resource", "projects")];
    assert_eq!(
        added(&before, &after, "gm_cache_invalidations_total", &event),
        1.0
    );
    assert_eq!(
        after.sum("gm_subscription_live", &[("gm_manager", "RemoteProject")]),
        1.0
    );
    assert!(after.sum("gm_subscription_lease_age_seconds", &[]) >= 0.0);
    assert!(after.sum("gm_cache_size_bytes", &[]) >= 0.0);
    let port = service.address.port().to_string();
    let sent = [
        ("http_request_method", "GET"),
        ("http_response_status_code", "200"),
        ("server_address", "127.0.0.1"),
        ("server_port", port.as_str()),
        ("gm_resource", "projects"),
    ];
    assert_eq!(after.sum(SENT, &sent), 3.0);
    assert_eq!(after.sum("http_client_active_requests", &[]), 0.0);
    // Nothing listens any more.
    service.stop().await;
    RemoteProject::get(&gm, row.id).fresh().await.unwrap_err();
    let refused = [("error_type", "connect"), ("server_port", port.as_str())];
    assert!(Scrape::now().sum(SENT, &refused) >= 1.0);
}

/// Whatever callers send, and however often one scrapes.
#[tokio::test]
async fn hostile_callers_and_scrapers_make_no_series() {
    let service = owner().await;
    create(&service, "Alpha").await;
    let hostile = |number: usize| {
        let path = format!("/internal/gm/projects/{number}?token=secret{number}&x=\"}}\\n");
        [
            Request::new("GET", &path).header("Authorization", &format!("Bearer secret{number}")),
            Request::new("GET", &path).header("X-Request-ID", &format!("request{number}")),
            Request::new(&format!("METHOD{number}"), &path),
            Request::new("POST", "/internal/gm/projects/query")
                .header("Authorization", &format!("Bearer {TOKEN}"))
                .json(&format!(r#"{{"filters": {{"name": "secret{number}"}}}}"#)),
            Request::new("GET", &format!("/internal/gm/ws/resource{number}")),
            Request::new("GET", &format!("/internal/gm/resource{number}/1")),
        ]
    };
    for request in hostile(0) {
        service.send(request).await;
    }
    let series = || Scrape::now().0.len();
    let before = series();
    for number in 1..15 {
        for request in hostile(number) {
            service.send(request).await;
            service.gm.collect_metrics();
            assert_eq!(series(), before, "{number}");
        }
    }
    let text = exporter().render();
    for secret in ["secret", "request1", "METHOD", "resource1", TOKEN] {
        assert!(!text.contains(secret), "{secret}");
    }
    service.stop().await;
}
