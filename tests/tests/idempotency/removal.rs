//! The removal of answers whose time is over.

use futures_util::future::join_all;
use gm_runtime::Gm;
use gm_tests::conformance::Running;

use crate::{Note, create, send};

/// A time that is longer than answers are stored, in milliseconds.
const OVER: i64 = 24 * 60 * 60 * 1000 + 1;

async fn serve(url: &str) -> Running {
    let builder = Gm::builder().database(url).expose::<Note>();
    Running::start(builder.accept_bearer_token("of-ada", "ada"))
        .await
        .unwrap()
}

/// Stores 64 answers.
async fn store(service: &Running, name: &str) {
    let requests: Vec<_> = (0..64)
        .map(|number| create("a", &format!("{name} {number}")))
        .collect();
    for answer in join_all(requests.iter().map(|request| send(service, request))).await {
        assert_eq!(answer.status, 201);
    }
}

#[tokio::test]
async fn answers_that_have_ended_are_removed_by_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let service = serve(&format!("sqlite://{}", path.display())).await;
    for round in 0..3 {
        store(&service, &format!("old {round}")).await;
    }
    let other = rusqlite::Connection::open(&path).unwrap();
    // The first ones were stored while the clock was ahead: for less time than answers are stored, and for more.
    let age = "UPDATE gm_idempotency SET created = created + CASE rowid WHEN 1 THEN ?1 / 2 WHEN 2 THEN ?1 * 2 ELSE -?1 END";
    other.execute(age, [OVER]).unwrap();
    for round in 0..4 {
        store(&service, &format!("new {round}")).await;
    }
    let count = |condition: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM gm_idempotency WHERE {condition}");
        other.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("id LIKE 'new %'"), 256);
    assert_eq!(count("id LIKE 'old %'"), 1, "the one that has not ended");
    service.stop().await.unwrap();
}

#[tokio::test]
async fn answers_that_have_ended_are_removed_from_postgres() {
    let database = gm_tests::postgres::Database::create().await;
    // The tables are created.
    serve(&database.url()).await.stop().await.unwrap();
    let other = database.connect().await;
    let number = async |condition: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM gm_idempotency WHERE {condition}");
        other.query_one(&sql, &[]).await.unwrap().get(0)
    };
    // More than one removal looks at. Every second one has ended.
    let fill = format!(
        "INSERT INTO gm_idempotency (id, fingerprint, created, status, body) \
         SELECT 'old ' || n, '', (extract(epoch FROM now()) * 1000)::bigint - n % 2 * {OVER}, 200, '' \
         FROM generate_series(1, 1000) n"
    );
    other.batch_execute(&fill).await.unwrap();
    let service = serve(&database.url()).await;
    let is_old = "id LIKE 'old %'";
    let mut round = 0;
    while number(is_old).await > 500 {
        assert!(round < 20, "the others are looked at");
        store(&service, &format!("new {round}")).await;
        round += 1;
    }
    // They are in front of what was looked at last, so the removal begins anew.
    let age = format!("UPDATE gm_idempotency SET created = created - {OVER} WHERE {is_old}");
    other.batch_execute(&age).await.unwrap();
    while number(is_old).await > 0 {
        assert!(round < 60, "the removal begins anew");
        store(&service, &format!("new {round}")).await;
        round += 1;
    }
    assert_eq!(number("true").await, 64 * round);
    service.stop().await.unwrap();
}
