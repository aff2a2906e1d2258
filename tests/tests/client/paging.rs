//! `all` for any number of rows (R-all-pages).

use std::time::Duration;

use futures_util::TryStreamExt as _;
use gm_runtime::Error;
use serde_json::{Value as Json, json};

use crate::managers::RemoteProject;
use crate::server::{Answer, Request, Server, json as answer};

fn row(id: u64) -> Json {
    json!({"id": id, "name": format!("p{id}"), "status": "active"})
}

/// A page as an owner answers it.
fn page(ids: &[u64], total: Option<u64>, page: Option<u64>, page_size: Option<u64>) -> Answer {
    let items: Json = ids.iter().map(|id| row(*id)).collect();
    let mut reply = json!({"items": items, "metadata": {"page": page, "page_size": page_size}});
    if let Some(total) = total {
        reply["total_count"] = json!(total);
    }
    answer(200, &reply.to_string())
}

/// An owner of this many rows, two a page, that does or does not say the total.
fn owner(rows: u64, counts: bool) -> Server {
    Server::start(move |request, _| {
        let body = request.json();
        let number = body["page"].as_u64().unwrap_or(1);
        let ids: Vec<u64> = (1..=rows).skip((number as usize - 1) * 2).take(2).collect();
        let counts = counts && body["count"] != json!(false);
        page(&ids, counts.then_some(rows), Some(number), Some(2))
    })
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
async fn with_a_total_as_many_pages_as_it_takes() {
    for (rows, requests) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)] {
        let server = owner(rows, true);
        let expected: Vec<i64> = (1..=rows as i64).collect();
        assert_eq!(all(&server).await.unwrap(), expected);
        assert_eq!(server.requests().len(), requests, "{rows} rows");
    }
}

#[tokio::test]
async fn without_a_total_until_a_page_is_short() {
    for (rows, requests) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
        let server = owner(rows, false);
        let expected: Vec<i64> = (1..=rows as i64).collect();
        assert_eq!(all(&server).await.unwrap(), expected);
        assert_eq!(server.requests().len(), requests, "{rows} rows");
    }
}

#[tokio::test]
async fn the_first_request_leaves_the_page_to_the_owner_and_the_others_ask_for_its_size() {
    let server = owner(5, true);
    all(&server).await.unwrap();
    let plain = json!({"filters": {}, "excludes": {}});
    let uncounted = json!({"filters": {}, "excludes": {}, "page": 2, "page_size": 2, "count": false});
    let last = json!({"filters": {}, "excludes": {}, "page": 3, "page_size": 2});
    assert_eq!(bodies(&server), [plain, uncounted, last]);
}

#[tokio::test]
async fn an_owner_of_many_pages_is_asked_for_the_total_of_the_first_and_the_last() {
    for rows in [99, 100] {
        let server = owner(rows, true);
        assert_eq!(all(&server).await.unwrap().len() as u64, rows);
        let bodies = bodies(&server);
        let counted = |body: &&Json| body["count"] != json!(false);
        let counted: Vec<_> = bodies.iter().filter(counted).map(|body| &body["page"]).collect();
        assert_eq!(counted, [&Json::Null, &json!(50)], "{rows} rows");
        assert_eq!(bodies.len(), 50);
    }
}

/// Every page was full when it was read, and more rows came behind them.
#[tokio::test]
async fn rows_that_are_added_behind_the_last_page_are_read_too() {
    let server = Server::start(|_, earlier| match earlier {
        0 => page(&[1, 2], Some(4), Some(1), Some(2)),
        1 => page(&[3, 4], Some(5), Some(2), Some(2)),
        _ => page(&[5], Some(5), Some(3), Some(2)),
    });
    assert_eq!(all(&server).await.unwrap(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_page_size_alone_still_reads_every_page() {
    let server = owner(3, true);
    let rows = RemoteProject::query()
        .page_size(2)
        .all(&server.gm().await)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        bodies(&server),
        [
            json!({"filters": {}, "excludes": {}, "page_size": 2}),
            json!({"filters": {}, "excludes": {}, "page": 2, "page_size": 2}),
        ]
    );
}

#[tokio::test]
async fn an_answer_without_a_page_is_complete() {
    let server = Server::start(|_, _| page(&[1, 2], Some(9), None, None));
    assert_eq!(all(&server).await.unwrap(), [1, 2]);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_row_that_moves_to_the_next_page_is_given_once() {
    let server = Server::start(|_, earlier| match earlier {
        0 => page(&[1, 2], Some(4), Some(1), Some(2)),
        // One was added in front.
        1 => page(&[2, 3], Some(5), Some(2), Some(2)),
        _ => page(&[4], Some(5), Some(3), Some(2)),
    });
    assert_eq!(all(&server).await.unwrap(), [1, 2, 3, 4]);
}

/// As when another replica takes over, whose pages are shorter: rows 3 and 4 would be left out.
#[tokio::test]
async fn pages_of_another_size_than_the_first_are_no_answer() {
    let server = Server::start(|_, earlier| match earlier {
        0 => page(&[1, 2], Some(4), Some(1), Some(2)),
        _ => page(&[2], Some(4), Some(2), Some(1)),
    });
    let error = all(&server).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert!(error.to_string().contains("size of the owner's pages"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

/// Likewise: rows 3 and 4 would be behind the second page.
#[tokio::test]
async fn a_stream_takes_no_pages_of_another_size_either() {
    let server = Server::start(|_, earlier| match earlier {
        0 => page(&[1, 2], None, Some(1), Some(2)),
        _ => page(&[2], None, Some(2), Some(1)),
    });
    let gm = server.builder().cache_time_to_live(Duration::from_secs(60));
    let gm = gm.build().await.unwrap();
    let mut rows = RemoteProject::query().page_size(5).stream(&gm);
    for id in [1, 2] {
        assert_eq!(rows.try_next().await.unwrap().unwrap().id, id);
    }
    let error = rows.try_next().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert!(error.to_string().contains("size of the owner's pages"), "{error}");
    assert!(rows.try_next().await.unwrap().is_none());
    // The page by itself is an answer, and what is kept of it is none to a stream.
    let second = RemoteProject::query().page(2).page_size(2);
    assert_eq!(second.first(&gm).await.unwrap().unwrap().id, 2);
    let again: Result<Vec<_>, _> = RemoteProject::query()
        .page_size(5)
        .stream(&gm)
        .try_collect()
        .await;
    let again = again.unwrap_err().to_string();
    assert!(again.contains("size of the owner's pages"), "{again}");
    // The first page was kept.
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_total_that_is_never_reached_ends_with_an_empty_page() {
    let server = Server::start(|_, earlier| match earlier {
        0 => page(&[1, 2], Some(4), Some(1), Some(2)),
        _ => page(&[], Some(4), Some(2), Some(2)),
    });
    assert_eq!(all(&server).await.unwrap(), [1, 2]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_page_without_a_new_row_may_be_followed_by_others() {
    let server = Server::start(|_, earlier| match earlier {
        0 => page(&[1, 2], Some(3), Some(1), Some(2)),
        // Two were added in front.
        1 => page(&[1, 2], Some(5), Some(2), Some(2)),
        _ => page(&[3], Some(5), Some(3), Some(2)),
    });
    assert_eq!(all(&server).await.unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn an_owner_that_answers_with_another_page_is_not_believed() {
    let server = Server::start(|_, _| page(&[1, 2], Some(1000), Some(1), Some(2)));
    let error = all(&server).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn more_rows_than_are_allowed_are_an_error_that_names_the_remedies() {
    let server = owner(1000, true);
    let gm = server.builder().max_rows(10).build().await.unwrap();
    let error = RemoteProject::query().all(&gm).await.unwrap_err().to_string();
    assert!(
        error.contains("`stream`") && error.contains("max_rows"),
        "{error}"
    );
    // The total is known from the first page.
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_owner_without_totals_is_bounded_too() {
    let server = owner(1000, false);
    let gm = server.builder().max_rows(10).build().await.unwrap();
    RemoteProject::query().all(&gm).await.unwrap_err();
    assert_eq!(server.requests().len(), 6);
}

/// Whatever an owner says of its pages, its rows are bounded: of those that come at once, and of those that add up.
#[tokio::test]
async fn an_owner_whose_pages_are_larger_than_it_says_is_bounded() {
    for (per_page, number, size, requests) in [
        (100, None, None, 1),
        (100, Some(1), Some(1), 1),
        (4, Some(1), Some(1), 3),
    ] {
        let server = Server::start(move |_, earlier| {
            let from = earlier as u64 * per_page;
            let ids: Vec<u64> = (from + 1..=from + per_page).collect();
            page(&ids, None, number.map(|first: u64| first + earlier as u64), size)
        });
        let gm = server.builder().max_rows(10).build().await.unwrap();
        let error = RemoteProject::query().all(&gm).await.unwrap_err().to_string();
        assert!(error.contains("max_rows"), "{error}");
        assert_eq!(server.requests().len(), requests);
    }
}

#[tokio::test]
async fn a_short_page_is_not_the_end_where_the_total_says_that_more_follow() {
    let server = Server::start(|request, _| match request.json()["page"].as_u64() {
        None => page(&[1, 2], Some(7), Some(1), Some(2)),
        Some(2) => page(&[3], None, Some(2), Some(2)),
        Some(3) => page(&[5, 6], Some(7), Some(3), Some(2)),
        _ => page(&[7], Some(7), Some(4), Some(2)),
    });
    assert_eq!(all(&server).await.unwrap(), [1, 2, 3, 5, 6, 7]);
}

#[tokio::test]
async fn a_single_page_has_the_total_and_what_needs_none_declines_it() {
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
    let streamed: Vec<_> = RemoteProject::query().stream(&gm).try_collect().await.unwrap();
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

/// GeneralManager 0.75 answers with every row where a page is asked for without its size.
#[tokio::test]
async fn rows_that_are_no_page_are_not_taken_for_one() {
    let every_row = |ids: &'static [u64]| Server::start(move |_, _| page(ids, Some(3), Some(2), None));
    let (some, none) = (every_row(&[1, 2, 3]), every_row(&[]));
    let second = || RemoteProject::query().page(2);
    let refused = second().all(&some.gm().await).await.unwrap_err();
    assert!(refused.to_string().contains("`page_size`"), "{refused}");
    assert_eq!(second().all(&none.gm().await).await.unwrap().len(), 0);
    let sized = second().page_size(3).all(&some.gm().await).await.unwrap();
    assert_eq!(sized.len(), 3);
}
