//! Owners that give cursors, also wrong ones: no read goes on for ever, and none loses rows in silence.

use futures_util::TryStreamExt as _;
use gm_runtime::Error;
use gm_runtime::error::{Extension, QueryError};
use gm_runtime::query::Cursor;
use serde_json::{Value as Json, json};

use crate::managers::RemoteProject;
use crate::server::{Answer, Request, Server, json as answer, with_headers};

fn items(ids: impl IntoIterator<Item = i64>) -> Json {
    let row = |id| json!({"id": id, "name": format!("p{id}"), "status": "active"});
    ids.into_iter().map(row).collect()
}

/// The answer of an owner that announces cursors.
fn announced(body: &Json) -> Answer {
    let headers = "content-type: application/json\r\nx-general-manager-features: cursor\r\n";
    with_headers(200, headers, &body.to_string())
}

/// A page by its number, with what follows it.
fn first_page(ids: impl IntoIterator<Item = i64>, size: u64, next: &Json) -> Answer {
    let metadata = json!({"page": 1, "page_size": size, "next_cursor": next});
    announced(&json!({"items": items(ids), "metadata": metadata}))
}

/// A page behind a cursor.
fn page_behind(ids: impl IntoIterator<Item = i64>, next: &Json) -> Answer {
    let metadata = json!({"page": null, "page_size": null, "next_cursor": next});
    announced(&json!({"items": items(ids), "metadata": metadata}))
}

/// A page by its number, as an owner without cursors gives it, whatever cursor was sent.
fn numbered(request: &Request, rows: i64, size: u64) -> Answer {
    let body = request.json();
    let number = |key: &str, default| body[key].as_u64().unwrap_or(default);
    let (page, size) = (number("page", 1), number("page_size", size));
    let from = ((page - 1) * size) as i64;
    let ids = (from + 1)..=rows.min(from + size as i64);
    let mut reply = json!({"items": items(ids), "metadata": {"page": page, "page_size": size}});
    if body["count"] != json!(false) {
        reply["total_count"] = json!(rows);
    }
    answer(200, &reply.to_string())
}

fn cursor(text: &str) -> Cursor {
    text.parse().unwrap()
}

/// The position of a cursor of these owners: `c10` is behind row 10.
fn position(request: &Request) -> Option<i64> {
    request.json()["cursor"]
        .as_str()
        .map(|cursor| cursor[1..].parse().unwrap())
}

/// An owner of this many rows with pages of ten, by cursors.
fn owner(rows: i64) -> Server {
    Server::start(move |request, _| {
        let from = position(request).unwrap_or(0);
        let to = rows.min(from + 10);
        let next = if to < rows {
            json!(format!("c{to}"))
        } else {
            Json::Null
        };
        match from {
            0 => first_page(1..=to, 10, &next),
            _ => page_behind(from + 1..=to, &next),
        }
    })
}

async fn all(server: &Server) -> Result<Vec<i64>, Error> {
    let rows = RemoteProject::query().all(&server.gm().await).await?;
    Ok(rows.iter().map(|row| row.id).collect())
}

async fn stream(server: &Server) -> Result<Vec<i64>, Error> {
    let gm = server.gm().await;
    let rows = RemoteProject::query().stream(&gm).map_ok(|row| row.id);
    rows.try_collect().await
}

fn is_endless(read: Result<Vec<i64>, Error>) -> bool {
    let error = read.unwrap_err();
    let is_endless = matches!(error, Error::Query(QueryError::EndlessCursors { .. }));
    assert!(is_endless, "{error:?}");
    error.is_retryable()
}

#[tokio::test]
async fn pages_are_requested_by_cursors() {
    let server = owner(25);
    let expected: Vec<i64> = (1..=25).collect();
    assert_eq!(all(&server).await.unwrap(), expected);
    let bodies: Vec<Json> = server.requests().iter().map(Request::json).collect();
    let behind = |cursor: &str| json!({"filters": {}, "excludes": {}, "page_size": 10, "cursor": cursor, "count": false});
    let plain = json!({"filters": {}, "excludes": {}});
    assert_eq!(bodies, [plain, behind("c10"), behind("c20")]);
    let server = owner(25);
    assert_eq!(stream(&server).await.unwrap(), expected);
    let bodies: Vec<Json> = server.requests().iter().map(Request::json).collect();
    let plain = json!({"filters": {}, "excludes": {}, "page": 1, "count": false});
    assert_eq!(bodies, [plain, behind("c10"), behind("c20")]);
}

#[tokio::test]
async fn one_page_is_requested_by_a_cursor() {
    let server = owner(25);
    let gm = server.gm().await;
    let first = RemoteProject::query().page(1).all(&gm).await.unwrap();
    let cursor = first.next_cursor().unwrap();
    assert_eq!(cursor.as_str(), "c10");
    let page = RemoteProject::query()
        .page_size(5)
        .after(cursor)
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(page[0].id, 11);
    assert_eq!(page.next_cursor().unwrap().as_str(), "c20");
    let sent = server.requests()[1].json();
    assert_eq!(
        sent,
        json!({"filters": {}, "excludes": {}, "page_size": 5, "cursor": "c10"})
    );
}

/// A cached answer belongs to its cursor.
#[tokio::test]
async fn a_cursor_is_a_part_of_the_cache_key() {
    let server = owner(35);
    let builder = server
        .builder()
        .cache_time_to_live(std::time::Duration::from_secs(60));
    let gm = builder.build().await.unwrap();
    for _ in 0..2 {
        for (cursor, id) in [("c10", 11), ("c20", 21), ("c30", 31)] {
            let page = RemoteProject::query()
                .after(&crate::cursors::cursor(cursor))
                .all(&gm)
                .await
                .unwrap();
            assert_eq!(page[0].id, id);
        }
        let uncounted = RemoteProject::query().after(&cursor("c10")).without_count();
        assert_eq!(uncounted.all(&gm).await.unwrap()[0].id, 11);
    }
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_cursor_that_an_owner_ignores_is_an_error() {
    let everything = || {
        let metadata = json!({"page": null, "page_size": null});
        answer(
            200,
            &json!({"items": items(1..=25), "metadata": metadata}).to_string(),
        )
    };
    for server in [
        Server::start(|request, _| numbered(request, 25, 10)),
        Server::start(move |_, _| everything()),
    ] {
        let query = RemoteProject::query().after(&cursor("c10"));
        let error = query.all(&server.gm().await).await.unwrap_err();
        let is_known = matches!(
            error,
            Error::Unsupported {
                extension: Extension::Cursor,
                ..
            }
        );
        assert!(is_known, "{error:?}");
        assert!(!error.is_retryable());
    }
}

/// As while replicas are replaced, and if a row has too long a text for a cursor.
#[tokio::test]
async fn an_owner_that_stops_giving_cursors_is_read_on_by_page_numbers() {
    let expected: Vec<i64> = (1..=47).collect();
    let replaced = || {
        Server::start(|request, earlier| match (earlier, position(request)) {
            (0, _) => first_page(1..=10, 10, &json!("c10")),
            (1, Some(10)) => page_behind(11..=20, &json!("c20")),
            _ => numbered(request, 47, 10),
        })
    };
    let too_long = || {
        Server::start(|request, earlier| match (earlier, position(request)) {
            (0, _) => first_page(1..=10, 10, &json!("c10")),
            (1, Some(10)) => {
                let metadata = json!({"page": null, "page_size": null});
                announced(&json!({"items": items(11..=20), "metadata": metadata}))
            }
            (_, None) => numbered(request, 47, 10),
            (_, Some(_)) => panic!("{}", request.body),
        })
    };
    for server in [replaced(), too_long()] {
        assert_eq!(all(&server).await.unwrap(), expected);
    }
    for server in [replaced(), too_long()] {
        assert_eq!(stream(&server).await.unwrap(), expected);
    }
}

/// A cursor is sent only to an owner that announces them.
#[tokio::test]
async fn a_cursor_of_an_owner_that_announces_none_is_ignored() {
    let server = Server::start(|request, _| {
        let body = request.json();
        assert!(body["cursor"].is_null(), "{body}");
        let (page, size) = (
            body["page"].as_u64().unwrap_or(1),
            body["page_size"].as_u64().unwrap_or(10),
        );
        let from = ((page - 1) * size) as i64;
        let metadata = json!({"page": page, "page_size": size, "next_cursor": "c"});
        let items = items(from + 1..=25.min(from + size as i64));
        answer(
            200,
            &json!({"items": items, "total_count": 25, "metadata": metadata}).to_string(),
        )
    });
    let expected: Vec<i64> = (1..=25).collect();
    assert_eq!(all(&server).await.unwrap(), expected);
    assert_eq!(stream(&server).await.unwrap(), expected);
    let gm = server.gm().await;
    let first = RemoteProject::query().page(1).all(&gm).await.unwrap();
    assert_eq!(first.next_cursor(), None);
    let requests = server.requests().len();
    let error = RemoteProject::query()
        .after(&cursor("c"))
        .all(&gm)
        .await
        .unwrap_err();
    let is_known = matches!(
        error,
        Error::Unsupported {
            extension: Extension::Cursor,
            ..
        }
    );
    assert!(is_known, "{error:?}");
    assert_eq!(server.requests().len(), requests);
}

#[tokio::test]
async fn next_cursors_that_are_no_cursors_are_ignored() {
    let wrong = [
        json!(7),
        json!(true),
        json!([]),
        json!({"a": "b"}),
        json!(""),
        json!("ä"),
        json!("a b"),
        json!("a".repeat(16_385)),
        json!("a".repeat(1 << 20)),
    ];
    let expected: Vec<i64> = (1..=25).collect();
    for next in wrong {
        let owner = || {
            let next = next.clone();
            Server::start(move |request, earlier| match earlier {
                0 => first_page(1..=10, 10, &next),
                _ => numbered(request, 25, 10),
            })
        };
        assert_eq!(all(&owner()).await.unwrap(), expected);
        assert_eq!(stream(&owner()).await.unwrap(), expected);
        let page = RemoteProject::query().page(1).page_size(10);
        assert_eq!(page.all(&owner().gm().await).await.unwrap().next_cursor(), None);
    }
}

/// The same cursor again, and a cycle of several.
#[tokio::test]
async fn a_repeated_cursor_is_an_error() {
    for cycle in [1, 2, 5] {
        let owner = || {
            Server::start(move |_, earlier| {
                let next = json!(format!("c{}", earlier % cycle));
                let from = 10 * earlier as i64;
                match earlier {
                    0 => first_page(1..=10, 10, &next),
                    _ => page_behind(from + 1..=from + 10, &next),
                }
            })
        };
        for server in [owner(), owner()] {
            assert!(is_endless(all(&server).await));
            assert!(server.requests().len() <= 16, "{cycle}");
        }
        let server = owner();
        assert!(is_endless(stream(&server).await));
        assert!(server.requests().len() <= 16, "{cycle}");
    }
}

#[tokio::test]
async fn pages_without_rows_or_without_new_rows_do_not_go_on() {
    for rows in [0, 1, 10] {
        let owner = || {
            Server::start(move |_, earlier| {
                let next = json!(format!("c{earlier}"));
                match earlier {
                    0 => first_page(1..=10, 10, &next),
                    _ => page_behind(1..=rows, &next),
                }
            })
        };
        let server = owner();
        assert!(is_endless(all(&server).await));
        assert!(server.requests().len() < 8);
        let server = owner();
        assert!(is_endless(stream(&server).await));
        assert!(server.requests().len() < 8);
    }
}

#[tokio::test]
async fn rows_without_an_end_exceed_the_limits() {
    let owner = || {
        Server::start(|_, earlier| {
            let (from, next) = (10 * earlier as i64, json!(format!("c{earlier}")));
            match earlier {
                0 => first_page(1..=10, 10, &next),
                _ => page_behind(from + 1..=from + 10, &next),
            }
        })
    };
    let server = owner();
    let gm = server.builder().max_rows(95).build().await.unwrap();
    let error = RemoteProject::query().all(&gm).await.unwrap_err();
    let is_limit = matches!(error, Error::Query(QueryError::TooManyRows { limit: 95, .. }));
    assert!(is_limit, "{error:?}");
    assert_eq!(server.requests().len(), 10);
    let server = owner();
    let gm = server.builder().max_pages_bytes(10_000).build().await.unwrap();
    let error = RemoteProject::query().all(&gm).await.unwrap_err();
    let is_limit = matches!(error, Error::Query(QueryError::TooManyBytes { .. }));
    assert!(is_limit, "{error:?}");
}
