//! Expensive queries have a time limit, and end with their caller.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::GmBuilder;
use gm_tests::conformance::{self, Running};
use gm_tests::postgres::Database;
use gm_tests::raw::{Request, Response};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::QUERY;

/// A service with endless projects, and the database of it.
struct Endless {
    service: Running,
    _database: (TempDir, Option<Database>),
}

/// The text of each project, for `serve`.
#[derive(Clone, Copy)]
enum Name {
    Short,
    /// Ten megabytes.
    Long,
}

/// Makes tests of each function, which serves endless projects: on SQLite and on Postgres.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Kind::Sqlite).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Kind::Postgres).await;
                }
            )*
        }
    };
}

on_each_database! {
    a_caller_that_closes_ends_its_query,
    the_time_limit_of_a_query_includes_waiting,
    long_texts_do_not_exceed_the_time_limit,
}

/// The kind of database.
#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Postgres,
}

/// A service that reads with two connections.
async fn serve(kind: Kind, settings: impl FnOnce(GmBuilder) -> GmBuilder, name: Name) -> Endless {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let (url, database) = match kind {
        Kind::Sqlite => (format!("sqlite://{}", path.display()), None),
        Kind::Postgres => {
            let database = Database::create().await;
            (database.url(), Some(database))
        }
    };
    let builder = conformance::builder()
        .database(url)
        .database_readers(NonZeroUsize::new(2).unwrap());
    let service = Running::start(settings(builder)).await.unwrap();
    if let Some(database) = &database {
        let name = match name {
            Name::Short => "'n' || id",
            Name::Long => "repeat(md5(id::text), 312500)",
        };
        // The product, since a recursive query would store its rows.
        database
            .execute(&format!(
                "DROP TABLE projects;
                CREATE VIEW projects AS SELECT id, {name} AS name, 'active'::text AS status
                FROM (
                    SELECT a * 1000000000000 + b * 100000000 + c * 10000 + d AS id
                    FROM generate_series(0, 9999::bigint) AS a, generate_series(0, 9999::bigint) AS b,
                        generate_series(0, 9999::bigint) AS c, generate_series(1, 9999::bigint) AS d
                ) AS n"
            ))
            .await;
    } else {
        let name = match name {
            Name::Short => "'n' || id",
            Name::Long => "hex(zeroblob(5000000 + id % 2))",
        };
        let view = format!(
            "DROP TABLE projects;
             CREATE VIEW projects AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
                 SELECT id, {name} AS name, 'active' AS status FROM n;"
        );
        rusqlite::Connection::open(path)
            .unwrap()
            .execute_batch(&view)
            .unwrap();
    }
    Endless {
        service,
        _database: (folder, database),
    }
}

/// A query that matches no row, so it never ends.
fn endless() -> Request {
    Request::new("POST", QUERY).json(r#"{"filters":{"name__contains":"x"}}"#)
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
async fn a_caller_that_closes_ends_its_query(kind: Kind) {
    let Endless { service, _database } = serve(kind, |builder| builder, Name::Short).await;
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

async fn the_time_limit_of_a_query_includes_waiting(kind: Kind) {
    let limit = |builder: GmBuilder| builder.read_time_limit(Duration::from_millis(500));
    let Endless { service, _database } = serve(kind, limit, Name::Short).await;
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

/// A database checks the time between instructions, and one of them may process ten megabytes.
async fn long_texts_do_not_exceed_the_time_limit(kind: Kind) {
    let limit = |builder: GmBuilder| builder.read_time_limit(Duration::from_secs(1));
    let Endless { service, _database } = serve(kind, limit, Name::Long).await;
    let refused = endless().send(service.address).await.unwrap();
    assert_eq!(refused.status, 400);
    service.stop().await.unwrap();
}
