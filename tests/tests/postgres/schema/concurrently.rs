//! Tables that other programs lock or change while they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gm_runtime::Error;
use gm_tests::postgres::Database;

use super::{BOOKS, books, changes};

/// Indexes and tables come and go, as in a deployment of another service.
#[tokio::test(flavor = "multi_thread")]
async fn tables_are_read_while_others_change() {
    let database = Arc::new(Database::create().await);
    database.execute(BOOKS).await;
    let stop = Arc::new(AtomicBool::new(false));
    let others = [
        [
            "CREATE INDEX CONCURRENTLY more ON books (year, title)",
            "DROP INDEX CONCURRENTLY more",
        ]
        .as_slice(),
        &["REINDEX INDEX CONCURRENTLY by_year"],
        &[
            "CREATE TABLE notes (id BIGSERIAL PRIMARY KEY)",
            "DROP TABLE notes",
        ],
    ];
    let others = others.map(|statements| {
        let (database, stop) = (Arc::clone(&database), Arc::clone(&stop));
        tokio::spawn(async move {
            let client = database.connect().await;
            while !stop.load(Ordering::Relaxed) {
                for statement in statements {
                    // Two of them may wait for each other.
                    let _ = client.batch_execute(statement).await;
                }
            }
        })
    });
    for _ in 0..30 {
        assert_eq!(changes(books(&database)), "");
    }
    stop.store(true, Ordering::Relaxed);
    for other in others {
        other.await.unwrap();
    }
}

/// A migration that holds a table for long: the service is started again later.
#[tokio::test]
async fn a_table_that_is_locked_is_unavailable() {
    let database = Database::create().await;
    database.execute(BOOKS).await;
    let other = database.connect().await;
    other
        .batch_execute("BEGIN; LOCK TABLE books IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let builder = books(&database).database_busy_timeout(Duration::from_millis(50));
    let error = builder.build().await.err().unwrap();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(changes(books(&database)), "");
}
