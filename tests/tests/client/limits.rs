//! Limits that protect a consumer from its owner, or from a service in the owner's place.

use std::time::Duration;

use gm_runtime::client::{HttpRequest, HttpResponse, Timeouts, Transport, TransportFuture};
use gm_runtime::error::QueryError;
use gm_runtime::error::{Phase, TransportError, TransportErrorKind};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::memory::peak;
use serde_json::Value as Json;

use crate::managers::{RemoteProject, RemoteProjectCreate};
use crate::server::{Answer, Server, json, rows, with_headers};

/// Longer than a test should take, but shorter than the defaults.
const PATIENCE: Duration = Duration::from_secs(20);

async fn failure(builder: GmBuilder) -> TransportErrorKind {
    let gm = builder.build().await.unwrap();
    match RemoteProject::get(&gm, 1).await {
        Err(Error::Transport(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_response_that_announces_too_many_bytes_is_not_read() {
    let server = Server::start(|_, _| {
        Answer::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec())
    });
    assert_eq!(
        failure(server.builder()).await,
        TransportErrorKind::ResponseTooLarge { limit: 16 << 20 }
    );
    server.wait_for_close(PATIENCE);
}

#[tokio::test]
async fn a_response_is_read_up_to_its_limit() {
    let server = Server::start(|_, _| {
        let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..10 {
            bytes.extend_from_slice(b"400\r\n");
            bytes.extend_from_slice(&[b' '; 1024]);
            bytes.extend_from_slice(b"\r\n");
        }
        Answer::Stall(bytes)
    });
    assert_eq!(
        failure(server.builder().max_received_bytes(4096)).await,
        TransportErrorKind::ResponseTooLarge { limit: 4096 }
    );
    server.wait_for_close(PATIENCE);
}

#[tokio::test]
async fn a_head_is_read_up_to_its_limit() {
    let server = Server::start(|_, _| {
        let mut bytes = b"HTTP/1.1 200 OK\r\nx: ".to_vec();
        bytes.resize(4 << 20, b'x');
        Answer::Stall(bytes)
    });
    assert_eq!(failure(server.builder()).await, TransportErrorKind::Malformed);
    server.wait_for_close(PATIENCE);
}

#[tokio::test]
async fn a_timeout_of_the_head() {
    for sent in ["", "HTTP/1.1 200 OK\r\ncontent-"] {
        let server = Server::start(move |_, _| Answer::Stall(sent.into()));
        let builder = server
            .builder()
            .timeouts(Timeouts::new().response(Duration::from_millis(200)));
        assert_eq!(
            failure(builder).await,
            TransportErrorKind::Timeout(Phase::Response)
        );
        server.wait_for_close(PATIENCE);
    }
}

#[tokio::test]
async fn a_timeout_of_the_body() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{";
    let server = Server::start(move |_, _| Answer::Stall(head.into()));
    for timeouts in [
        Timeouts::new().body(Duration::from_millis(200)),
        Timeouts::new().request(Duration::from_millis(200)),
    ] {
        assert_eq!(
            failure(server.builder().timeouts(timeouts)).await,
            TransportErrorKind::Timeout(Phase::Body)
        );
        server.wait_for_close(PATIENCE);
    }
}

#[tokio::test]
async fn a_timeout_of_the_connection_slot() {
    let (sender, asked) = std::sync::mpsc::channel();
    let server = Server::start(move |_, _| {
        sender.send(()).unwrap();
        Answer::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n".to_vec())
    });
    let gm = server
        .builder()
        .max_connections(1)
        .timeouts(Timeouts::new().response(Duration::from_millis(300)))
        .build()
        .await
        .unwrap();
    let reading = gm.clone();
    let first = tokio::spawn(async move { RemoteProject::get(&reading, 1).await });
    tokio::task::spawn_blocking(move || asked.recv_timeout(PATIENCE).unwrap())
        .await
        .unwrap();
    let error = RemoteProject::get(&gm, 2).await.unwrap_err();
    let Error::Transport(transport) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(transport.kind(), TransportErrorKind::Timeout(Phase::Queue));
    assert!(
        transport.is_unsent() && error.to_string().contains("max_connections"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
    first.abort();
}

#[tokio::test]
async fn a_truncated_body_is_an_error() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"items\": []}";
    let server = Server::start(move |_, _| Answer::Last(cut.into()));
    assert_eq!(failure(server.builder()).await, TransportErrorKind::Closed);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start(|_, _| rows("[]"));
        let location = format!("location: {}/stolen\r\n", elsewhere.url());
        let server = Server::start(move |_, _| with_headers(status, &location, ""));
        let gm = server.builder().bearer_token("secret").build().await.unwrap();
        let error = RemoteProject::get(&gm, 1).await.unwrap_err();
        assert_eq!(error.remote().unwrap().status(), status);
        assert!(
            error.to_string().contains("redirects are not followed"),
            "{error}"
        );
        let error = RemoteProject::query().all(&gm).await.unwrap_err();
        assert_eq!(error.remote().unwrap().status(), status);
        assert!(elsewhere.requests().is_empty());
    }
}

#[tokio::test]
async fn credentials_are_sent_but_not_shown() {
    let server = Server::start(|_, _| json(401, "{}"));
    let builder = server.builder().bearer_token("s3cr3t-token");
    assert!(!format!("{builder:?}").contains("s3cr3t"));
    let gm = builder.build().await.unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some("Bearer s3cr3t-token")
    );
    for shown in [format!("{gm:?}"), format!("{error:?}"), format!("{error}")] {
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}

/// Applications often use them for "no limit".
#[tokio::test]
async fn the_largest_settings_work() {
    let server = Server::start(|_, _| rows(r#"[{"id": 1, "name": "a", "status": "b"}]"#));
    let ever = Duration::MAX;
    let gm = server
        .builder()
        .timeouts(
            Timeouts::new()
                .connect(ever)
                .response(ever)
                .body(ever)
                .request(ever),
        )
        .max_connections(usize::MAX)
        .max_received_bytes(usize::MAX)
        .max_rows(u64::MAX)
        .retries(usize::MAX)
        .cache_capacity(u64::MAX)
        .cache_time_to_live(ever)
        .best_effort_time_to_live(ever)
        .max_staleness(ever)
        .subscription_ping_interval(ever)
        .build()
        .await
        .unwrap();
    assert_eq!(RemoteProject::get(&gm, 1).await.unwrap().id, 1);
    assert_eq!(RemoteProject::query().all(&gm).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_deeply_nested_response_is_refused() {
    let nested = format!(r#"{{"items": [{}"#, "[".repeat(100_000));
    let server = Server::start(move |_, _| json(200, &nested));
    let error = RemoteProject::get(&server.gm().await, 1).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    let nested = format!(r#"{{"unknown": {}"#, "[".repeat(100_000));
    let server = Server::start(move |_, _| json(200, &nested));
    let error = RemoteProject::get(&server.gm().await, 1).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
}

#[tokio::test]
async fn the_error_of_a_write_without_a_response_says_that_its_outcome_is_unknown() {
    let server = Server::start(|_, _| Answer::Last(Vec::new()));
    let draft = RemoteProject::create(RemoteProjectCreate {
        name: "a".to_owned(),
        status: "b".to_owned(),
    });
    let error = draft.exec(&server.gm().await).await.unwrap_err();
    assert!(matches!(&error, Error::Transport(error) if error.kind() == TransportErrorKind::Closed));
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("not known"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

/// The client keeps at most one row more than `max_rows`.
#[tokio::test]
async fn rows_beyond_max_rows_cost_no_memory() {
    let row = r#"{"id":1,"name":"","status":""}"#;
    let mut body = format!(r#"{{"items": [{row}"#);
    body += &format!(",{row}").repeat((16 << 20) / (row.len() + 1) - 100);
    body += r#"], "metadata": {"protocol_version": "v1"}}"#;
    let before = peak();
    let gm = Gm::builder()
        .transport(Fixed(body))
        .max_rows(10)
        .build()
        .await
        .unwrap();
    let error = RemoteProject::query().all(&gm).await.unwrap_err();
    assert!(
        matches!(error, Error::Query(QueryError::TooManyRows { limit: 10, .. })),
        "{error:?}"
    );
    if let (Some(before), Some(after)) = (before, peak()) {
        // The response itself is copied once.
        let grown = after - before;
        assert!(grown < 40 * 1024, "{grown} KiB");
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "wide")]
#[rustfmt::skip]
struct Wide {
    #[field(id)]
    id: i64,
    a0: Option<String>, a1: Option<String>, a2: Option<String>, a3: Option<String>, a4: Option<String>,
    a5: Option<String>, a6: Option<String>, a7: Option<String>, a8: Option<String>, a9: Option<String>,
    b0: Option<i64>, b1: Option<i64>, b2: Option<i64>, b3: Option<i64>, b4: Option<i64>,
    b5: Option<i64>, b6: Option<i64>, b7: Option<i64>, b8: Option<i64>, b9: Option<i64>,
    c0: Option<String>, c1: Option<String>, c2: Option<String>, c3: Option<String>, c4: Option<String>,
    c5: Option<String>, c6: Option<String>, c7: Option<String>, c8: Option<String>, c9: Option<String>,
    data: Option<Json>,
}

async fn wide(rows: impl Iterator<Item = String>) -> (Result<usize, Error>, u64) {
    let rows: Vec<_> = rows.collect();
    let body = format!(r#"{{"items": [{}], "metadata": {{}}}}"#, rows.join(","));
    let gm = Gm::builder().transport(Fixed(body)).build().await.unwrap();
    let before = peak();
    let read = Wide::query().all(&gm).await.map(|rows| rows.len());
    let grown = before.zip(peak()).map_or(0, |(before, after)| after - before);
    (read, grown)
}

/// A row takes the memory of all fields, even if the owner sends few.
#[tokio::test]
async fn the_bytes_of_a_response_limit_its_memory() {
    let (read, grown) = wide((0..140_000).map(|id| format!(r#"{{"id":{id}}}"#))).await;
    let error = read.unwrap_err();
    assert!(error.to_string().contains("page_size"), "{error}");
    assert!(grown < 60 * 1024, "{grown} KiB");
}

#[tokio::test]
async fn the_bytes_of_a_response_limit_the_memory_of_json_fields() {
    let data = format!("[{}0]", r#"{"":0},"#.repeat(300_000));
    let (read, grown) = wide(std::iter::once(format!(r#"{{"id":1,"data":{data}}}"#))).await;
    let error = read.unwrap_err();
    assert!(
        error.to_string().contains("`data` in the row of id 1: "),
        "{error}"
    );
    assert!(grown < 120 * 1024, "{grown} KiB");
}

/// The rows of a regular owner are not refused.
#[tokio::test]
async fn complete_rows_stay_within_the_memory_limit() {
    let sparse = (0..1000).map(|id| format!(r#"{{"id":{id}}}"#));
    assert_eq!(wide(sparse).await.0.unwrap(), 1000);
    let numbers = format!("[{}0]", "1,".repeat(100_000));
    let json = (0..20).map(|id| format!(r#"{{"id":{id},"data":{numbers}}}"#));
    assert_eq!(wide(json).await.0.unwrap(), 20);
    let names = (0..10).flat_map(|digit| [format!("a{digit}"), format!("c{digit}")]);
    let reported: String = names.map(|name| format!(r#","{name}":null"#)).collect();
    let reported = (0..50_000).map(|id| format!(r#"{{"id":{id}{reported},"b0":1}}"#));
    assert_eq!(wide(reported).await.0.unwrap(), 50_000);
}

/// Each object would take the memory of a row, although none is a row.
#[tokio::test]
async fn millions_of_rows_without_an_id_cost_no_memory() {
    let mut body = r#"{"items": [{}"#.to_owned();
    body += &",{}".repeat((16 << 20) / 3 - 100);
    body += r#"], "metadata": {"protocol_version": "v1"}}"#;
    let before = peak();
    let gm = Gm::builder().transport(Fixed(body)).build().await.unwrap();
    let error = RemoteProject::query().all(&gm).await.unwrap_err();
    assert!(error.to_string().contains("`id`"), "{error}");
    if let (Some(before), Some(after)) = (before, peak()) {
        // The response itself is copied once.
        let grown = after - before;
        assert!(grown < 40 * 1024, "{grown} KiB");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 64,
        rng_seed: proptest::test_runner::RngSeed::Fixed(gm_tests::random::seed(0x6d6f_6b61)),
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_a_response_or_an_error(
        start in proptest::sample::select(vec![
            "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 101 X\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nretry-after: 99999999999999999999\r\n\r\n",
        ]),
        rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
    ) {
        let bytes = [start.as_bytes(), &rest].concat();
        let server = Server::start(move |_, _| Answer::Last(bytes.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(async {
            RemoteProject::get(&server.gm().await, 1).await.unwrap_err()
        });
        // A panic in the client would appear as `Stopped`.
        let stopped = matches!(&error, Error::Transport(error) if error.kind() == TransportErrorKind::Stopped);
        proptest::prop_assert!(!stopped, "{error:?}");
    }

    #[test]
    fn any_json_is_a_response_or_an_error(
        body in "(\\{\"items\": \\[(\\{\"(id|name|status|x)\": (1|null|\"a\"|\\[\\]|\\{\\})(,|\\})?){0,3}[]}]{0,3})|\\PC{0,40}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let gm = Gm::builder().transport(Fixed(body)).build().await.unwrap();
            let _ = RemoteProject::get(&gm, 1).await;
            let _ = RemoteProject::query().all(&gm).await;
        });
    }
}

/// Returns the same body for each request.
struct Fixed(String);

impl Transport for Fixed {
    fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let answer = HttpResponse::new(200, [], self.0.clone());
        Box::pin(async { Ok(answer) })
    }
}
