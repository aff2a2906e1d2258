//! The largest write of many rows within the default limits, and what is no write of many rows.

use gm_runtime::error::QueryError;
use gm_runtime::{Error, Gm};

use super::{Task, on_each_storage, task};

on_each_storage! {
    a_hundred_thousand_rows_are_written_at_once,
    a_query_with_a_page_is_refused,
}

async fn a_hundred_thousand_rows_are_written_at_once(gm: Gm) {
    const ROWS: u64 = 100_000;
    let ids = Task::create_many((0..ROWS).map(|_| task(1, "a")))
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(ids.len() as u64, ROWS);
    assert_eq!(
        Task::query().update_all().title("b").exec(&gm).await.unwrap(),
        ROWS
    );
    assert_eq!(
        Task::filter(|t| t.title.eq("b") & t.version.eq(2))
            .count(&gm)
            .await
            .unwrap(),
        ROWS
    );
    assert_eq!(Task::query().delete_all(&gm).await.unwrap(), ROWS);
    assert_eq!(Task::count(&gm).await.unwrap(), 0);
}

async fn a_query_with_a_page_is_refused(gm: Gm) {
    let is_page = |error: &Error| matches!(error, Error::Query(QueryError::BulkPage { .. }));
    for query in [
        Task::query().page(1),
        Task::query().page_size(10),
        Task::query().after(None),
    ] {
        assert!(is_page(&query.delete_all(&gm).await.unwrap_err()));
        assert!(is_page(
            &query.update_all().title("b").exec(&gm).await.unwrap_err()
        ));
    }
}
