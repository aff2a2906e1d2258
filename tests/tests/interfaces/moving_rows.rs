//! Rows that are deleted or moved while a stream reads pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryStreamExt as _;
use gm_runtime::error::QueryError;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder, Query};
use gm_tests::postgres::Database;

use crate::storage::Shelf;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "stops")]
struct Stop {
    #[field(id)]
    id: i64,
    place: i64,
}

/// Makes tests of each function: on SQLite, in memory, in own storage, and on Postgres.
macro_rules! on_each_storage {
    ($($name:ident),* $(,)?) => {
        $(
            mod $name {
                use super::*;

                #[tokio::test]
                async fn in_sqlite() {
                    super::$name(Gm::builder().database("sqlite::memory:").manager::<Stop>()).await;
                }

                #[tokio::test]
                async fn in_memory() {
                    super::$name(Gm::builder().in_memory::<Stop>()).await;
                }

                #[tokio::test]
                async fn in_own_storage() {
                    super::$name(Gm::builder().interface::<Stop>(Shelf::default())).await;
                }

                #[tokio::test]
                async fn in_own_storage_with_cursors() {
                    super::$name(Gm::builder().interface::<Stop>(Shelf::default().applying_cursors())).await;
                }

                #[tokio::test]
                async fn in_postgres() {
                    let database = Database::create().await;
                    super::$name(Gm::builder().database(database.url()).manager::<Stop>()).await;
                }
            }
        )*
    };
}

on_each_storage! {
    a_deletion_between_two_pages_loses_no_other_row,
    deletions_of_whole_pages_lose_no_other_row,
    a_move_to_the_end_loses_no_other_row,
}

/// Reads the first page of 30 rows, changes rows, and reads the other pages.
async fn read(builder: GmBuilder, query: Query<Stop>, change: impl AsyncFnOnce(&Gm)) -> Vec<i64> {
    let gm = builder.build().await.unwrap();
    for place in 1..=30 {
        Stop::create(StopCreate { place }).exec(&gm).await.unwrap();
    }
    let mut stream = query.page_size(10).stream(&gm);
    let mut read = Vec::new();
    while read.len() < 10 {
        read.push(stream.try_next().await.unwrap().unwrap().id);
    }
    change(&gm).await;
    while let Some(row) = stream.try_next().await.unwrap() {
        read.push(row.id);
    }
    read
}

async fn a_deletion_between_two_pages_loses_no_other_row(storage: GmBuilder) {
    let read = read(storage, Stop::query(), async |gm| {
        Stop::by_id(3).delete(gm).await.unwrap();
    });
    let expected: Vec<i64> = (1..=30).collect();
    assert_eq!(read.await, expected);
}

async fn deletions_of_whole_pages_lose_no_other_row(storage: GmBuilder) {
    let read = read(storage, Stop::query(), async |gm| {
        for id in 1..=15 {
            Stop::by_id(id).delete(gm).await.unwrap();
        }
    });
    let expected: Vec<i64> = (1..=10).chain(16..=30).collect();
    assert_eq!(read.await, expected);
}

/// By cursors, a row that was moved behind the position comes again.
async fn a_move_to_the_end_loses_no_other_row(storage: GmBuilder) {
    let by_place = Stop::query().order_by(|stop| stop.place.asc());
    let read = read(storage, by_place, async |gm| {
        Stop::by_id(3).update().place(1000).exec(gm).await.unwrap();
    });
    let mut read = read.await;
    if read.last() == Some(&3) {
        read.pop();
    }
    let expected: Vec<i64> = (1..=30).collect();
    assert_eq!(read, expected);
}

/// Storage that uses nothing of the query but the page size.
struct IgnoresPage {
    rows: i64,
    queries: Arc<AtomicUsize>,
}

impl Interface<Stop> for IgnoresPage {
    async fn query(&self, select: &Select) -> Result<Page<Stop>, Error> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let size = usize::try_from(select.page_size.unwrap()).unwrap();
        let rows = (1..=self.rows)
            .take(size)
            .map(|id| Stop { id, place: id })
            .collect();
        Ok(Page::new(rows, None))
    }

    async fn get(&self, _: &i64) -> Result<Option<Stop>, Error> {
        Ok(None)
    }

    async fn create(&self, values: &Values) -> Result<Stop, Error> {
        values.to_row_with_id(1)
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Stop>>, Error> {
        Ok(None)
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

/// The storage is always ready, so a stream without an end would never return to the runtime.
#[tokio::test]
async fn storage_that_ignores_the_page_ends_a_stream_with_an_error() {
    for rows in [10, 25] {
        let queries = Arc::new(AtomicUsize::new(0));
        let storage = IgnoresPage {
            rows,
            queries: Arc::clone(&queries),
        };
        let gm = Gm::builder().interface::<Stop>(storage).build().await.unwrap();
        let stream = Stop::query().page_size(10).stream(&gm);
        let read: Result<Vec<_>, _> = stream.try_collect().await;
        let error = read.unwrap_err();
        let unstable = matches!(error, Error::Query(QueryError::UnstablePages { .. }));
        assert!(unstable, "{rows} rows: {error:?}");
        assert!(error.to_string().contains("ignores `page`"), "{error}");
        assert!(queries.load(Ordering::Relaxed) < 10);
    }
}
