//! `all` for any number of rows (R-all-pages).

use std::time::Duration;

use futures_util::TryStreamExt as _;
use gm_runtime::Error;
use gm_runtime::error::QueryError;
use serde_json::{Value as Json, json};

use crate::managers::RemoteProject;
use crate::server::{Answer, Request, Server, json as answer};

fn row(id: u64) -> Json {
    json!({"id": id, "name": format!("p{id}"), "status": "active"})
}

/// A page as an owner returns it.
fn page(ids: &[u64], total: Option<u64>, page: Option<u64>, page_size: Option<u64>) -> Answer {
    let items: Json = ids.iter().map(|id| row(*id)).collect();
    let mut reply = json!({"items": items, "metadata": {"page": page, "page_size": page_size}});
    if let Some(total) = total {
        reply["total_count"] = json!(total);
    }
    answer(200, &reply.to_string())
}

/// The requested page of these rows. `size`: the default page size.
fn page_of(rows: &[u64], request: &Request, size: u64, counts: bool) -> Answer {
    let body = request.json();
    let (number, size) = (
        body["page"].as_u64().unwrap_or(1),
        body["page_size"].as_u64().unwrap_or(size),
    );
    let from = ((number - 1) * size) as usize;
    let ids: Vec<u64> = rows.iter().copied().skip(from).take(size as usize).collect();
    let counts = counts && body["count"] != json!(false);
    page(
        &ids,
        counts.then_some(rows.len() as u64),
        Some(number),
        Some(size),
    )
}

/// An owner with this many rows and pages of ten. `counts`: whether it returns totals.
fn owner(rows: u64, counts: bool) -> Server {
    let rows: Vec<u64> = (1..=rows).collect();
    Server::start(move |request, _| page_of(&rows, request, 10, counts))
}

fn bodies(server: &Server) -> Vec<Json> {
    server.requests().iter().map(Request::json).collect()
}

async fn all(server: &Server) -> Result<Vec<i64>, Error> {
    let rows = RemoteProject::query().all(&server.gm().await).await?;
    assert_eq!(rows.total_count(), Some(rows.len() as u64));
    Ok(rows.iter().map(|row| row.id).collect())
}

#[tokio::test]
async fn with_a_total_the_number_of_pages_is_known() {
    for (rows, requests) in [(0, 1), (1, 1), (10, 1), (11, 2), (18, 2), (19, 3)] {
        let server = owner(rows, true);
        let expected: Vec<i64> = (1..=rows as i64).collect();
        assert_eq!(all(&server).await.unwrap(), expected);
        assert_eq!(server.requests().len(), requests, "{rows} rows");
    }
}

#[tokio::test]
async fn without_a_total_a_short_page_is_the_last() {
    for (rows, requests) in [(0, 1), (1, 1), (10, 2), (11, 2), (18, 3), (19, 3)] {
        let server = owner(rows, false);
        let expected: Vec<i64> = (1..=rows as i64).collect();
        assert_eq!(all(&server).await.unwrap(), expected);
        assert_eq!(server.requests().len(), requests, "{rows} rows");
    }
}

/// Pages have at most as many rows as the first one, and each contains the last row of the pages before.
#[tokio::test]
async fn the_first_request_has_no_page_and_the_others_overlap() {
    let server = owner(25, true);
    all(&server).await.unwrap();
    let plain = json!({"filters": {}, "excludes": {}});
    let uncounted = json!({"filters": {}, "excludes": {}, "page": 2, "page_size": 9, "count": false});
    let next = json!({"filters": {}, "excludes": {}, "page": 3, "page_size": 8, "count": false});
    let last = json!({"filters": {}, "excludes": {}, "page": 3, "page_size": 10});
    assert_eq!(bodies(&server), [plain, uncounted, next, last]);
}

#[tokio::test]
async fn totals_are_requested_with_the_first_and_the_last_page() {
    for size in [100, 1000] {
        let rows: Vec<u64> = (1..=49 * size).collect();
        let count = rows.len();
        let server = Server::start(move |request, _| page_of(&rows, request, size, true));
        assert_eq!(all(&server).await.unwrap().len(), count);
        let bodies = bodies(&server);
        let counted = bodies.iter().filter(|body| body["count"] != json!(false)).count();
        assert_eq!(counted, 2);
        // A tenth of the rows is read twice.
        assert!(bodies.len() <= 56, "{} pages of {size}", bodies.len());
    }
}

/// The page was full when it was read, and rows were added behind it.
#[tokio::test]
async fn rows_that_are_added_behind_the_last_page_are_read() {
    let server = Server::start(|request, earlier| {
        let rows: Vec<u64> = (1..=18 + earlier as u64).collect();
        page_of(&rows, request, 10, true)
    });
    let expected: Vec<i64> = (1..=20).collect();
    assert_eq!(all(&server).await.unwrap(), expected);
}

#[tokio::test]
async fn a_page_size_alone_reads_all_pages() {
    let server = owner(5, true);
    let rows = RemoteProject::query()
        .page_size(4)
        .all(&server.gm().await)
        .await
        .unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(
        bodies(&server),
        [
            json!({"filters": {}, "excludes": {}, "page_size": 4}),
            json!({"filters": {}, "excludes": {}, "page": 2, "page_size": 3}),
        ]
    );
}

#[tokio::test]
async fn a_response_without_a_page_is_complete() {
    let server = Server::start(|_, _| page(&[1, 2], Some(9), None, None));
    assert_eq!(all(&server).await.unwrap(), [1, 2]);
    assert_eq!(server.requests().len(), 1);
}

/// As when another replica takes over, whose pages are shorter.
fn owner_whose_pages_become_shorter() -> Server {
    let rows: Vec<u64> = (1..=25).collect();
    Server::start(move |request, earlier| match earlier {
        0 => page_of(&rows, request, 10, false),
        _ => page(&[3, 4], None, request.json()["page"].as_u64(), Some(2)),
    })
}

#[tokio::test]
async fn a_page_of_another_size_is_an_error() {
    let server = owner_whose_pages_become_shorter();
    let error = all(&server).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert!(error.to_string().contains("changed the page size"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_page_of_another_size_is_an_error_for_a_stream() {
    let server = owner_whose_pages_become_shorter();
    let gm = server.builder().cache_time_to_live(Duration::from_secs(60));
    let gm = gm.build().await.unwrap();
    let mut rows = RemoteProject::query().stream(&gm);
    for id in 1..=10 {
        assert_eq!(rows.try_next().await.unwrap().unwrap().id, id);
    }
    let error = rows.try_next().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert!(error.to_string().contains("changed the page size"), "{error}");
    assert!(rows.try_next().await.unwrap().is_none());
    // A single page may have another size, and a stream does not use its cached answer.
    let second = RemoteProject::query().page(2).page_size(9);
    assert_eq!(second.first(&gm).await.unwrap().unwrap().id, 3);
    let again: Result<Vec<_>, _> = RemoteProject::query().stream(&gm).try_collect().await;
    let again = again.unwrap_err().to_string();
    assert!(again.contains("changed the page size"), "{again}");
    // The first page was cached.
    assert_eq!(server.requests().len(), 4);
}

/// The owner returns two rows a page, whatever size is requested.
#[tokio::test]
async fn an_owner_with_a_fixed_page_size_is_read_by_totals() {
    for counts in [true, false] {
        let rows: Vec<u64> = (1..=5).collect();
        let server = Server::start(move |request, _| {
            let mut request = request.clone();
            let mut body = request.json();
            body["page_size"] = json!(2);
            request.body = body.to_string();
            page_of(&rows, &request, 2, counts)
        });
        let read = all(&server).await;
        if counts {
            assert_eq!(read.unwrap(), [1, 2, 3, 4, 5]);
            // A page of three rows was requested once.
            assert_eq!(server.requests().len(), 4);
        } else {
            let error = read.unwrap_err();
            let unstable = matches!(error, Error::Query(QueryError::UnstablePages { .. }));
            assert!(unstable, "{error:?}");
        }
    }
}

#[tokio::test]
async fn pages_may_follow_a_page_without_new_rows() {
    let server = Server::start(|request, earlier| {
        // Ten rows are added in front of the others.
        let first = if earlier == 0 { 11 } else { 1 };
        let rows: Vec<u64> = (first..=25).collect();
        page_of(&rows, request, 10, true)
    });
    let mut read = all(&server).await.unwrap();
    read.retain(|id| *id > 10);
    let expected: Vec<i64> = (11..=25).collect();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn another_page_than_requested_is_an_error() {
    let server = Server::start(|_, _| page(&[1, 2, 3], Some(1000), Some(1), Some(3)));
    let error = all(&server).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn more_than_max_rows_is_an_error_with_its_remedies() {
    let server = owner(1000, true);
    let gm = server.builder().max_rows(10).build().await.unwrap();
    let error = RemoteProject::query().all(&gm).await.unwrap_err().to_string();
    assert!(
        error.contains("`stream`") && error.contains("max_rows"),
        "{error}"
    );
    // The first page has the total.
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn max_rows_holds_without_totals() {
    let server = owner(1000, false);
    let gm = server.builder().max_rows(10).build().await.unwrap();
    RemoteProject::query().all(&gm).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
}

/// The limit holds for a single page, and for the sum of all pages.
#[tokio::test]
async fn max_rows_holds_for_pages_larger_than_reported() {
    for (per_page, paged, requests) in [(100, false, 1), (100, true, 1), (4, true, 4)] {
        let server = Server::start(move |request, earlier| {
            let from = earlier as u64 * (per_page - 1);
            let ids: Vec<u64> = (from + 1..=from + per_page).collect();
            let body = request.json();
            let number = body["page"].as_u64().unwrap_or(1);
            let size = body["page_size"].as_u64().unwrap_or(1);
            page(&ids, None, paged.then_some(number), paged.then_some(size))
        });
        let gm = server.builder().max_rows(10).build().await.unwrap();
        let error = RemoteProject::query().all(&gm).await.unwrap_err().to_string();
        assert!(error.contains("max_rows"), "{error}");
        assert_eq!(server.requests().len(), requests);
    }
}

/// An owner may omit rows from a page that the caller may not read.
#[tokio::test]
async fn a_short_page_is_not_the_last_if_the_total_says_so() {
    for hidden in [vec![4], vec![10], vec![9, 10, 11, 12], vec![24, 25]] {
        let left_out = hidden.clone();
        let server = Server::start(move |request, _| {
            let body = request.json();
            let number = body["page"].as_u64().unwrap_or(1);
            let size = body["page_size"].as_u64().unwrap_or(10);
            let ids: Vec<u64> = (1..=25)
                .skip(((number - 1) * size) as usize)
                .take(size as usize)
                .filter(|id| !left_out.contains(id))
                .collect();
            let counts = body["count"] != json!(false);
            page(&ids, counts.then_some(25), Some(number), Some(size))
        });
        let expected: Vec<i64> = (1..=25).filter(|id| !hidden.contains(&(*id as u64))).collect();
        assert_eq!(all(&server).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn only_verbs_that_need_the_total_request_it() {
    let server = owner(5, true);
    let gm = server.gm().await;
    let second = RemoteProject::query()
        .page(2)
        .page_size(2)
        .all(&gm)
        .await
        .unwrap();
    assert_eq!((second.len(), second.total_count()), (2, Some(5)));
    RemoteProject::query().first(&gm).await.unwrap();
    RemoteProject::query().exists(&gm).await.unwrap();
    RemoteProject::query().one(&gm).await.unwrap_err();
    let streamed: Vec<_> = RemoteProject::query()
        .page_size(3)
        .stream(&gm)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed.len(), 5);
    assert!(
        bodies(&server)[4..]
            .iter()
            .all(|body| body["count"] == json!(false))
    );
    assert_eq!(RemoteProject::query().count(&gm).await.unwrap(), 5);
    let sent: Vec<_> = bodies(&server)
        .iter()
        .map(|body| json!([body["page"], body["page_size"], body["count"]]))
        .collect();
    assert_eq!(sent[0], json!([2, 2, null]));
    assert!(sent[1..].contains(&json!([1, 1, false])), "{sent:?}");
    assert!(sent[1..].contains(&json!([1, 2, false])), "{sent:?}");
    assert_eq!(sent[sent.len() - 1], json!([1, 1, null]));
}

#[tokio::test]
async fn a_count_without_a_total_counts_the_rows() {
    let server = owner(5, false);
    assert_eq!(RemoteProject::query().count(&server.gm().await).await.unwrap(), 5);
}

/// GeneralManager 0.75 returns all rows for a page without a size.
#[tokio::test]
async fn all_rows_for_a_page_without_a_size_are_an_error() {
    let every_row = |ids: &'static [u64]| Server::start(move |_, _| page(ids, Some(3), Some(2), None));
    let (some, none) = (every_row(&[1, 2, 3]), every_row(&[]));
    let second = || RemoteProject::query().page(2);
    let refused = second().all(&some.gm().await).await.unwrap_err();
    assert!(refused.to_string().contains("`page_size`"), "{refused}");
    assert_eq!(second().all(&none.gm().await).await.unwrap().len(), 0);
    let sized = second().page_size(3).all(&some.gm().await).await.unwrap();
    assert_eq!(sized.len(), 3);
}
