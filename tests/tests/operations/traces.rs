//! One trace leads from a write in one service to the reread in another.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use gm_runtime::trace::{self, TraceContext};
use gm_tests::conformance::{self, Project, ProjectCreate};
use gm_tests::raw::Request;
use gm_tests::websocket::{Socket, handshake};
use opentelemetry::Value;
use opentelemetry::trace::{SpanId, SpanKind};
use opentelemetry_sdk::trace::SpanData;

use crate::opentelemetry::{exporter, spans_of};
use crate::remote_project::{RemoteProject, live};
use crate::service::Service;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn owner() -> (Service, Project) {
    let service = Service::of(
        conformance::builder()
            .database("sqlite::memory:")
            .build()
            .await
            .unwrap(),
    );
    let new = ProjectCreate {
        name: "Alpha".into(),
        status: "active".into(),
    };
    let row = Project::create(new).exec(&service.gm).await.unwrap();
    (service, row)
}

fn patch(row: &Project, name: &str) -> Request {
    let path = format!("/internal/gm/projects/{}", row.id);
    Request::new("PATCH", &path).json(&format!(r#"{{"name": "{name}"}}"#))
}

fn attribute<'s>(span: &'s SpanData, key: &str) -> Option<&'s Value> {
    let attributes = span.attributes.iter();
    attributes
        .filter(|attribute| attribute.key.as_str() == key)
        .map(|attribute| &attribute.value)
        .next()
}

/// The names of a span and of those that caused it, up to the span with this id.
fn causes(spans: &[SpanData], of: &SpanData, until: SpanId) -> Vec<String> {
    let mut names = vec![of.name.to_string()];
    let mut parent = of.parent_span_id;
    while parent != until {
        let span = spans.iter().find(|span| span.span_context.span_id() == parent);
        let span = span.unwrap_or_else(|| panic!("{parent:?} is not there, after {names:?}"));
        names.push(span.name.to_string());
        parent = span.parent_span_id;
    }
    names
}

#[tokio::test]
async fn a_trace_leads_from_a_write_through_its_event_to_the_reread() {
    exporter();
    let (service, row) = owner().await;
    let consumer = live(&service).await;
    let mut results = RemoteProject::filter(|p| p.status.eq("active")).watch(&consumer);
    assert_eq!(results.next().await.unwrap().unwrap()[0].name, "Alpha");

    let context = TraceContext::parse(TRACEPARENT).unwrap();
    let answer = service
        .send(patch(&row, "Beta").header("traceparent", TRACEPARENT))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(results.next().await.unwrap().unwrap()[0].name, "Beta");

    let reread = "POST /internal/gm/projects/query";
    let spans = loop {
        let spans = spans_of(context.trace_id());
        // Each ends in a thread of its own, some after the result was received.
        let has_ended = |name: &&str| spans.iter().any(|span| span.name == *name);
        let names = [
            reread,
            "PATCH /internal/gm/projects/{id}",
            "permission",
            "UPDATE projects",
            "COMMIT",
            "publish projects",
            "receive projects",
            "read projects",
            "POST",
            "SELECT projects",
        ];
        if names.iter().all(has_ended) {
            break spans;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let named = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("`{name}` is not there"))
    };
    let remote = SpanId::from(context.span_id());
    let last = named("SELECT projects");
    assert_eq!(
        causes(&spans, last, remote),
        [
            "SELECT projects",
            reread,
            "POST",
            "read projects",
            "receive projects",
            "publish projects",
            "UPDATE projects",
            "PATCH /internal/gm/projects/{id}",
        ]
    );
    assert_eq!(causes(&spans, named("COMMIT"), remote)[1], "UPDATE projects");
    assert_eq!(causes(&spans, named("permission"), remote).len(), 2);
    let kinds = [
        ("PATCH /internal/gm/projects/{id}", SpanKind::Server),
        ("UPDATE projects", SpanKind::Client),
        ("publish projects", SpanKind::Producer),
        ("receive projects", SpanKind::Consumer),
        ("POST", SpanKind::Client),
    ];
    for (name, kind) in kinds {
        assert_eq!(named(name).span_kind, kind, "{name}");
    }
    let request = named("PATCH /internal/gm/projects/{id}");
    let text = |key| attribute(request, key).map(|value| value.as_str().into_owned());
    assert_eq!(text("http.route").as_deref(), Some("/internal/gm/projects/{id}"));
    assert_eq!(text("http.request.method").as_deref(), Some("PATCH"));
    assert_eq!(
        attribute(request, "http.response.status_code"),
        Some(&Value::I64(200))
    );
    assert_eq!(
        attribute(last, "db.system.name")
            .map(|value| value.as_str().into_owned())
            .as_deref(),
        Some("sqlite")
    );
    service.stop().await;
}

/// The `traceparent` of the event of a write with these headers.
async fn event_after(headers: &[&str]) -> serde_json::Value {
    let (service, row) = owner().await;
    let subscription = handshake("/internal/gm/ws/projects");
    let (_, mut socket) = Socket::open(service.address, &subscription).await.unwrap();
    let mut request = patch(&row, "Beta");
    for header in headers {
        request = request.header("traceparent", header);
    }
    assert_eq!(service.send(request).await.status, 200);
    let event = socket.receive_past_pings().await.unwrap().json();
    assert_eq!(event["action"], "update");
    service.stop().await;
    event["traceparent"].clone()
}

/// As with `cargo nextest`, where each test is a process.
#[tokio::test]
async fn without_a_subscriber_the_trace_of_the_caller_goes_on_unchanged() {
    if tracing::dispatcher::has_been_set() {
        return;
    }
    assert_eq!(event_after(&[TRACEPARENT]).await, TRACEPARENT);
    assert!(event_after(&[]).await.is_null());
    assert!(event_after(&["00-zz"]).await.is_null());
    assert!(event_after(&[TRACEPARENT, TRACEPARENT]).await.is_null());
}

#[tokio::test]
async fn an_application_continues_the_trace_of_an_event_in_its_own_reads() {
    let (service, row) = owner().await;
    let consumer = live(&service).await;
    let (sender, mut traces) = tokio::sync::mpsc::unbounded_channel();
    let subscription =
        consumer.on_change::<RemoteProject>(move |_| sender.send(trace::current()).unwrap_or_default());
    let context = TraceContext::parse(TRACEPARENT).unwrap();
    service
        .send(patch(&row, "Beta").header("traceparent", TRACEPARENT))
        .await;
    let received = traces.recv().await.unwrap().unwrap();
    assert_eq!(received.trace_id(), context.trace_id());
    // A consumer's write within a trace, too.
    let (sender, mut at_owner) = tokio::sync::mpsc::unbounded_channel();
    let of_owner = service
        .gm
        .on_change::<Project>(move |_| sender.send(trace::current()).unwrap_or_default());
    let remote = RemoteProject::get(&consumer, row.id).await.unwrap();
    trace::scope(received, async {
        remote.update().name("Gamma").exec(&consumer).await.unwrap();
    })
    .await;
    let written = at_owner.recv().await.unwrap().unwrap();
    assert_eq!(written.trace_id(), context.trace_id());
    drop((subscription, of_owner));
    service.stop().await;
}

#[tokio::test]
async fn writes_that_share_a_commit_keep_their_own_traces() {
    let (service, _) = owner().await;
    let mut rows = Vec::new();
    for _ in 0..32 {
        let new = ProjectCreate {
            name: "Alpha".into(),
            status: "active".into(),
        };
        rows.push(Project::create(new).exec(&service.gm).await.unwrap());
    }
    let path = handshake("/internal/gm/ws/projects");
    let (_, mut socket) = Socket::open(service.address, &path).await.unwrap();
    let sent = rows.iter().map(|row| match row.id % 2 {
        0 => service.send(patch(row, "Beta").header("traceparent", TRACEPARENT)),
        _ => service.send(patch(row, "Beta")),
    });
    let answers = join_all(sent).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let trace = TRACEPARENT.split('-').nth(1);
    for _ in &rows {
        let event = socket.receive_past_pings().await.unwrap().json();
        let is_traced = event["identification"]["id"].as_i64().unwrap() % 2 == 0;
        let sent = event["traceparent"]
            .as_str()
            .and_then(|sent| sent.split('-').nth(1));
        assert_eq!(sent == trace, is_traced, "{event}");
    }
    service.stop().await;
}
