//! Expensive queries have a time limit, and end with their caller.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::GmBuilder;
use gm_tests::conformance::{self, Running};
use gm_tests::raw::{Request, Response};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::QUERY;

/// A service with two reading threads and endless projects.
async fn serve(settings: impl FnOnce(GmBuilder) -> GmBuilder, name: &str) -> (TempDir, Running) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let builder = conformance::builder()
        .database(format!("sqlite://{}", path.display()))
        .database_readers(NonZeroUsize::new(2).unwrap());
    let service = Running::start(settings(builder)).await.unwrap();
    let view = format!(
        "DROP TABLE projects;
         CREATE VIEW projects AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
             SELECT id, {name} AS name, 'active' AS status FROM n;"
    );
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch(&view)
        .unwrap();
    (folder, service)
}

/// A query that matches no row, so it never ends.
fn endless() -> Request {
    Request::new("POST", QUERY).json(r#"{"filters":{"name__icontains":"x"}}"#)
}

async fn cheap(address: SocketAddr) -> Response {
    let query = Request::new("POST", "/internal/gm/work-items/query").json("{}");
    query.send(address).await.unwrap()
}

fn message(response: &Response) -> (u16, String) {
    let json = response.json();
    (
        response.status,
        json["details"]["message"].as_str().unwrap_or_default().to_owned(),
    )
}

/// The caller closes its connection in order (FIN), without a reset.
#[tokio::test]
async fn a_caller_that_closes_ends_its_query() {
    let (_folder, service) = serve(|builder| builder, "'n' || id").await;
    let mut callers = Vec::new();
    for _ in 0..60 {
        let mut caller = TcpStream::connect(service.address).await.unwrap();
        caller.write_all(&endless().to_bytes("keep-alive")).await.unwrap();
        caller.shutdown().await.unwrap();
        callers.push(caller);
    }
    for mut caller in callers {
        let mut answer = Vec::new();
        caller.read_to_end(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "");
    }
    assert_eq!(cheap(service.address).await.status, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_time_limit_of_a_query_includes_waiting() {
    let limit = |builder: GmBuilder| builder.read_time_limit(Duration::from_millis(500));
    let (_folder, service) = serve(limit, "'n' || id").await;
    let late =
        "reading the rows takes more than 500ms; request fewer rows, or filter by fields with an index";
    let refused = endless().send(service.address).await.unwrap();
    assert_eq!(message(&refused), (400, late.to_owned()));
    assert_eq!(refused.json()["error_code"], "invalid_request");
    // One row of a view may be expensive, too. It must not block the thread that answers requests.
    let missing = Request::new("GET", "/internal/gm/projects/0");
    let (missing, other) = tokio::join!(missing.send(service.address), cheap(service.address));
    assert_eq!(message(&missing.unwrap()), (400, late.to_owned()));
    assert_eq!(other.status, 200);

    let answers = join_all((0..8).map(|_| async { endless().send(service.address).await.unwrap() })).await;
    let mut waited = 0;
    for answer in answers {
        match answer.status {
            400 => assert_eq!(message(&answer).1, late),
            503 => {
                assert!(answer.header("retry-after").is_some());
                waited += 1;
            }
            status => panic!("{status}"),
        }
    }
    assert!(waited > 0, "two threads read eight queries without end");
    assert_eq!(cheap(service.address).await.status, 200);
    service.stop().await.unwrap();
}

/// SQLite checks the time between instructions, and one of them may process ten megabytes.
#[tokio::test]
async fn long_texts_do_not_exceed_the_time_limit() {
    let limit = |builder: GmBuilder| builder.read_time_limit(Duration::from_secs(1));
    let (_folder, service) = serve(limit, "hex(zeroblob(5000000 + id % 2))").await;
    let refused = endless().send(service.address).await.unwrap();
    assert_eq!(refused.status, 400);
    service.stop().await.unwrap();
}
