//! The ends of pages, nulls, and the verbs on a query with a cursor.

use futures_util::TryStreamExt as _;
use gm_runtime::error::Extension;
use gm_runtime::query::Cursor;
use gm_runtime::{Error, Gm};

use super::storages::{Stops, in_memory, in_own_storage, in_sqlite};
use super::{By, Listed, RemoteStop, Sorting, Stop, compare, fill};
use crate::storage::Shelf;

/// Makes tests of each function wherever the rows are.
macro_rules! on_each_storage {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn in_memory() {
                super::$name::<Stop>(Stops::own(super::in_memory()).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_sqlite() {
                super::$name::<Stop>(Stops::own(super::in_sqlite()).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_postgres() {
                super::$name::<Stop>(Stops::own_in_postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_own_storage() {
                super::$name::<Stop>(Stops::own(super::in_own_storage()).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn over_the_wire() {
                super::$name::<RemoteStop>(Stops::remote(super::in_sqlite()).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn over_the_wire_from_postgres() {
                super::$name::<RemoteStop>(Stops::remote_in_postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn through_a_gateway() {
                super::$name::<RemoteStop>(Stops::behind_a_gateway(super::in_sqlite()).await).await;
            }
        }
    )*};
}

on_each_storage! {
    nulls_are_last_in_both_directions,
    the_last_page_has_no_next_cursor,
    the_total_counts_the_rows_before_a_cursor,
    verbs_read_behind_a_cursor,
    a_filter_may_have_a_pattern,
}

const RANKS: [Option<i64>; 9] = [
    Some(2),
    None,
    Some(1),
    Some(i64::MAX),
    None,
    Some(1),
    Some(i64::MIN),
    None,
    Some(2),
];

async fn nulls_are_last_in_both_directions<M: Listed>(stops: Stops) {
    let ranks = RANKS.map(|rank| (rank, "a"));
    let filled = fill(&stops.owner, &ranks).await;
    for descending in [false, true] {
        for id in [None, Some(false), Some(true)] {
            let mut sorting: Sorting = vec![(By::Rank, descending)];
            sorting.extend(id.map(|descending| (By::Id, descending)));
            let mut expected = filled.clone();
            expected.sort_by(|left, right| compare(&sorting, left, right));
            for page_size in 1..=10 {
                let stream = M::sorted(&sorting).page_size(page_size).stream(&stops.reader);
                let read: Vec<_> = stream.map_ok(|row| row.parts()).try_collect().await.unwrap();
                assert_eq!(read, expected, "{sorting:?}, {page_size} rows a page");
            }
        }
    }
}

async fn the_last_page_has_no_next_cursor<M: Listed>(stops: Stops) {
    fill(&stops.owner, &[(None, "a"); 6]).await;
    let gm = &stops.reader;
    // Whether the total tells what follows, or the row behind the page.
    for counted in [true, false] {
        for page_size in 3..8 {
            let query = || match counted {
                true => M::all().page_size(page_size),
                false => M::all().page_size(page_size).without_count(),
            };
            let mut page = query().page(1).all(gm).await.unwrap();
            let mut pages = 1;
            while let Some(cursor) = page.next_cursor() {
                page = query().after(cursor).all(gm).await.unwrap();
                pages += 1;
                assert!(!page.is_empty());
                assert_eq!(page.total_count(), counted.then_some(6));
            }
            assert_eq!(pages, 6_u64.div_ceil(page_size), "{page_size} rows a page");
        }
    }
    let every_row = M::all().all(gm).await.unwrap();
    assert_eq!((every_row.len(), every_row.next_cursor()), (6, None));
    assert_eq!(every_row.total_count(), Some(6));
    let uncounted = M::all().without_count().all(gm).await.unwrap();
    assert_eq!(uncounted.total_count(), Some(6));
    let behind_the_last = M::all().page(9).page_size(3).all(gm).await.unwrap();
    assert_eq!((behind_the_last.len(), behind_the_last.next_cursor()), (0, None));
}

async fn the_total_counts_the_rows_before_a_cursor<M: Listed>(stops: Stops) {
    fill(&stops.owner, &RANKS.map(|rank| (rank, "a"))).await;
    let gm = &stops.reader;
    let query = M::sorted(&vec![(By::Rank, false)]).page_size(4);
    let first = query.clone().page(1).all(gm).await.unwrap();
    let second = query.clone().after(first.next_cursor()).all(gm).await.unwrap();
    assert_eq!(first.total_count(), Some(9));
    assert_eq!((second.len(), second.total_count()), (4, Some(9)));
    assert_eq!(query.after(first.next_cursor()).count(gm).await.unwrap(), 9);
}

async fn verbs_read_behind_a_cursor<M: Listed>(stops: Stops) {
    let names = ["a", "b", "c", "d", "e"].map(|name| (None, name));
    fill(&stops.owner, &names).await;
    let gm = &stops.reader;
    let query = M::sorted(&vec![(By::Name, true)]).page_size(2);
    let first = query.clone().after(None::<&Cursor>).all(gm).await.unwrap();
    let names = |rows: &[M]| rows.iter().map(|row| row.parts().2).collect::<String>();
    assert_eq!(names(&first), "ed");
    let cursor = first.next_cursor().unwrap();
    assert_eq!(names(&query.clone().after(cursor).all(gm).await.unwrap()), "cb");
    assert_eq!(
        query
            .clone()
            .after(cursor)
            .first(gm)
            .await
            .unwrap()
            .unwrap()
            .parts()
            .2,
        "c"
    );
    assert!(query.clone().after(cursor).exists(gm).await.unwrap());
    let one = query.clone().after(cursor).one(gm).await.unwrap_err();
    assert!(matches!(one, Error::SeveralMatch { .. }), "{one:?}");
    let stream = query.clone().after(cursor).stream(gm);
    let streamed: Vec<M> = stream.try_collect().await.unwrap();
    assert_eq!(names(&streamed), "cba");
    // The later of a page and a cursor counts.
    assert_eq!(
        names(&query.clone().page(3).after(cursor).all(gm).await.unwrap()),
        "cb"
    );
    assert_eq!(
        names(&query.clone().after(cursor).page(3).all(gm).await.unwrap()),
        "a"
    );
    // A cursor belongs to no filter.
    let page = query.clone().page_size(10).after(cursor).all(gm).await.unwrap();
    assert_eq!((names(&page), page.next_cursor()), ("cba".to_owned(), None));
}

async fn a_filter_may_have_a_pattern<M: Listed>(stops: Stops) {
    let names = ["a1", "b", "a2", "a3", "b", "a4", "a5"].map(|name| (None, name));
    fill(&stops.owner, &names).await;
    let gm = &stops.reader;
    for counted in [true, false] {
        let query = M::starting_with_a().page_size(2);
        let query = if counted { query } else { query.without_count() };
        let mut read = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let page = query.clone().after(cursor.as_ref()).all(gm).await.unwrap();
            assert_eq!(page.total_count(), counted.then_some(5));
            read.extend(page.iter().map(|row| row.parts().2));
            cursor = page.next_cursor().cloned();
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(read, ["a1", "a2", "a3", "a4", "a5"]);
    }
}

#[tokio::test]
async fn own_storage_without_cursors_says_so_and_streams_by_page_numbers() {
    let gm = Gm::builder()
        .interface::<Stop>(Shelf::default())
        .build()
        .await
        .unwrap();
    fill(&gm, &[(None, "a"); 5]).await;
    let page = Stop::query().page(1).page_size(2).all(&gm).await.unwrap();
    assert_eq!(page.next_cursor(), None);
    let cursor: Cursor = "W1tdLDFd".parse().unwrap();
    let error = Stop::query().after(&cursor).all(&gm).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unsupported {
                manager: "Stop",
                extension: Extension::Cursor
            }
        ),
        "{error:?}"
    );
    let streamed: Vec<Stop> = Stop::query()
        .page_size(2)
        .stream(&gm)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed.len(), 5);
}
