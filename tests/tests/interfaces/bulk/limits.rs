//! The limits of a write of many rows.

use std::time::Duration;

use gm_runtime::error::QueryError;
use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::database::TestDatabase;
use gm_tests::memory::peak;
use gm_tests::on_each_database;
use gm_tests::postgres::Database;

use super::{Task, in_database, task};

async fn limited(database: &TestDatabase, limit: impl FnOnce(GmBuilder) -> GmBuilder) -> Gm {
    limit(in_database(database)).build().await.unwrap()
}

async fn more_rows_than_the_limit_are_refused(database: TestDatabase) {
    let gm = limited(&database, |builder| builder.max_bulk_rows(70)).await;
    let is_limit =
        |error: &Error| matches!(error, Error::Query(QueryError::TooManyBulkRows { limit: 70, .. }));
    let rows = |number| (0..number).map(|_| task(1, "a"));
    assert!(is_limit(
        &Task::create_many(rows(71)).exec(&gm).await.unwrap_err()
    ));
    Task::create_many(rows(70)).exec(&gm).await.unwrap();
    assert_eq!(Task::query().update_all().title("b").exec(&gm).await.unwrap(), 70);
    Task::create_many(rows(1)).exec(&gm).await.unwrap();
    assert!(is_limit(
        &Task::query().update_all().title("c").exec(&gm).await.unwrap_err()
    ));
    assert!(is_limit(&Task::query().delete_all(&gm).await.unwrap_err()));
    assert_eq!(Task::filter(|t| t.title.eq("b")).count(&gm).await.unwrap(), 70);
}

async fn more_bytes_than_the_limit_are_refused(database: TestDatabase) {
    let gm = limited(&database, |builder| builder.max_bulk_bytes(100_000)).await;
    let rows = |bytes| {
        let label = "x".repeat(bytes);
        (0..10).map(move |_| Task::create(task(1, "a")).label(label.clone()))
    };
    let refused = Task::create_many(rows(10_000)).exec(&gm).await.unwrap_err();
    assert!(
        matches!(refused, Error::Query(QueryError::TooManyBulkBytes { .. })),
        "{refused}"
    );
    Task::create_many(rows(5_000)).exec(&gm).await.unwrap();
}

async fn a_write_that_takes_too_long_is_undone(database: TestDatabase) {
    let gm = limited(&database, |builder| {
        builder.bulk_time_limit(Duration::from_millis(1))
    })
    .await;
    let rows = || (0..20_000).map(|_| task(1, "a"));
    let refused = Task::create_many(rows()).exec(&gm).await.unwrap_err();
    assert!(
        matches!(refused, Error::Query(QueryError::BulkTimeout { .. })),
        "{refused}"
    );
    assert_eq!(Task::count(&gm).await.unwrap(), 0);
    // The database goes on.
    Task::create(task(1, "a")).exec(&gm).await.unwrap();
    assert_eq!(Task::count(&gm).await.unwrap(), 1);
}

on_each_database!(
    more_rows_than_the_limit_are_refused,
    more_bytes_than_the_limit_are_refused,
    a_write_that_takes_too_long_is_undone,
);

/// The rows beyond the limit are not held, also in a transaction.
#[tokio::test]
async fn rows_of_many_bytes_take_little_memory() {
    let database = Database::create().await;
    let builder = || Gm::builder().database(database.url()).manager::<Task>();
    let gm = builder().max_bulk_bytes(1_000_000).build().await.unwrap();
    Task::create(task(1, "a")).exec(&gm).await.unwrap();
    database
        .execute(
            "UPDATE tasks SET label = repeat('x', 4000000);
             INSERT INTO tasks (tenant, title, status, priority, label, version, created, updated)
             SELECT tenant, title, status, priority, label, version, created, updated FROM tasks, generate_series(1, 40)",
        )
        .await;
    let before = peak();
    let write = || Task::query().update_all().title("b");
    let refused = [
        write().exec(&gm).await.unwrap_err(),
        gm.transaction(async |tx| write().exec(&tx).await)
            .await
            .unwrap_err(),
    ];
    for refused in refused {
        assert!(
            matches!(refused, Error::Query(QueryError::TooManyBulkBytes { .. })),
            "{refused}"
        );
    }
    let grown = before.zip(peak()).map_or(0, |(before, after)| after - before);
    assert!(grown < 80 * 1024, "{grown}");
}

#[tokio::test]
async fn a_limit_of_zero_is_refused() {
    for (name, builder) in [
        ("max_bulk_rows", Gm::builder().max_bulk_rows(0)),
        ("max_bulk_bytes", Gm::builder().max_bulk_bytes(0)),
        ("bulk_time_limit", Gm::builder().bulk_time_limit(Duration::ZERO)),
    ] {
        let refused = builder.build().await.unwrap_err().to_string();
        assert!(refused.starts_with(&format!("`{name}` is zero")), "{refused}");
    }
}
