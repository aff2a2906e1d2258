//! Large responses, and peers that do not read.

use std::time::Duration;

use gm_runtime::{Gm, GmBuilder};
use gm_tests::conformance::{self, Running, WorkItem, WorkItemCreate};
use gm_tests::database::TestDatabase;
use gm_tests::raw::{Request, Response};
use gm_tests::websocket::{PONG, Socket, handshake};
use rust_decimal::Decimal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::assert_alive;

const QUERY: &str = "/internal/gm/work-items/query";
const MIB: usize = 1 << 20;

gm_tests::on_each_database! {
    a_response_that_is_too_large_is_refused_with_the_reason,
    a_row_that_is_too_large_can_be_written_but_not_read,
}

/// A service with this many rows of 1 MiB.
async fn serve(
    database: &TestDatabase,
    settings: impl FnOnce(GmBuilder) -> GmBuilder,
    rows: usize,
) -> Running {
    let builder = conformance::builder().database(database.url());
    let service = Running::start(settings(builder)).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    fill(&service.gm, rows).await;
    service
}

fn item(title: &str) -> WorkItemCreate {
    WorkItemCreate {
        title: title.into(),
        amount: Decimal::ZERO,
    }
}

async fn fill(gm: &Gm, rows: usize) {
    for number in 0..rows {
        WorkItem::create(item(&format!("large {number}")))
            .body("b".repeat(MIB))
            .exec(gm)
            .await
            .unwrap();
    }
}

async fn query(service: &Running, page_size: usize) -> Response {
    let body = format!(r#"{{"filters":{{"title__startswith":"large"}},"page_size":{page_size}}}"#);
    let query = Request::new("POST", QUERY).json(&body);
    query.send(service.address).await.unwrap()
}

fn message(response: &Response) -> String {
    assert_eq!(
        (response.status, &response.json()["error_code"]),
        (400, &"invalid_request".into())
    );
    response.json()["details"]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn a_response_that_is_too_large_is_refused_with_the_reason(database: TestDatabase) {
    for (database, own_storage) in [(database, false), (TestDatabase::sqlite(), true)] {
        let settings = |builder: GmBuilder| match own_storage {
            false => builder,
            true => builder.in_memory::<WorkItem>(),
        };
        let service = serve(&database, settings, 20).await;
        assert_eq!(
            message(&query(&service, 20).await),
            "the page takes more than 16777216 bytes, the limit of a response; request a smaller page, since 15 of its rows fit"
        );
        let page = query(&service, 15).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.json()["items"].as_array().unwrap().len(), 15);
        assert_alive(service).await;
    }
}

async fn a_row_that_is_too_large_can_be_written_but_not_read(database: TestDatabase) {
    let service = serve(&database, |builder| builder.max_response_bytes(MIB / 2), 1).await;
    let large = "a row takes more than 524288 bytes, the limit of a response; the owner can raise it by `GmBuilder::max_response_bytes`";
    assert_eq!(message(&query(&service, 1).await), large);
    let row = WorkItem::filter(|w| w.title.startswith("large"))
        .one(&service.gm)
        .await
        .unwrap();
    let path = format!("/internal/gm/work-items/{}", row.id);
    let detail = Request::new("GET", &path).send(service.address).await.unwrap();
    assert_eq!(message(&detail), large);
    let update = Request::new("PATCH", &path).json(r#"{"title":"small"}"#);
    let update = update.send(service.address).await.unwrap();
    assert_eq!(
        (update.status, &update.json()["items"]),
        (200, &serde_json::json!([]))
    );
    let title = WorkItem::get(&service.gm, row.id).await.unwrap().title;
    assert_eq!(title, "small");
    assert_alive(service).await;
}

/// Sends until the other side closes the connection.
async fn send_until_closed(connection: &mut TcpStream, bytes: &[u8]) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    // Only a peer that sends notices a reset connection.
    while connection.write_all(bytes).await.is_ok() {
        ticks.tick().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_peer_that_reads_nothing_is_disconnected() {
    let database = TestDatabase::sqlite();
    let service = serve(
        &database,
        |builder| builder.send_time_limit(Duration::from_millis(300)),
        15,
    )
    .await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut caller = socket.connect(service.address).await.unwrap();
    let body = r#"{"filters":{"title__startswith":"large"},"page_size":15}"#;
    let query = Request::new("POST", QUERY).json(body);
    caller.write_all(&query.to_bytes("keep-alive")).await.unwrap();
    send_until_closed(&mut caller, b"G").await;
    let mut received = Vec::new();
    let _ = caller.read_to_end(&mut received).await;
    assert!(
        received.len() < 15 * MIB,
        "the whole response was sent: {}",
        received.len()
    );
    assert_alive(service).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_subscriber_that_reads_nothing_is_disconnected() {
    let database = TestDatabase::sqlite();
    let settings = |builder: GmBuilder| {
        builder
            .send_time_limit(Duration::from_millis(300))
            .in_memory::<WorkItem>()
    };
    let service = serve(&database, settings, 0).await;
    let (response, mut subscriber) =
        Socket::open_narrow(service.address, &handshake("/internal/gm/ws/work-items"))
            .await
            .unwrap();
    assert_eq!(response.status, 101);
    for _ in 0..500 {
        let row = WorkItem::create(item("n")).exec(&service.gm).await.unwrap();
        WorkItem::by_id(row.id).delete(&service.gm).await.unwrap();
    }
    // Only a peer that sends notices a reset connection. It sends rarely, since each segment may restart the kernel's
    // timer.
    let mut rarely = tokio::time::interval(Duration::from_secs(1));
    while subscriber.send(PONG, b"").await.is_ok() {
        rarely.tick().await;
    }
    assert_alive(service).await;
}
