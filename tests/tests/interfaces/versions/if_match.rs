//! `ETag`, `If-Match` and the announced extensions, as bytes on the wire.

use chrono::{DateTime, Utc};
use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::{Request, Response};
use gm_tests::websocket::{Socket, handshake};
use serde_json::json;

use super::{Ticket, new, owner, serve};

const FEATURES: &str = "x-general-manager-features";
const TICKET: &str = "/gm/tickets/1";

async fn send(service: &Running, request: Request) -> Response {
    request.send(service.address).await.unwrap()
}

/// An update of the votes, with this `If-Match`.
fn patch(path: &str, tag: &str) -> Request {
    Request::new("PATCH", path)
        .header("If-Match", tag)
        .json(r#"{"votes": 7}"#)
}

#[tokio::test]
async fn a_row_is_answered_with_its_version_as_the_entity_tag() {
    let service = owner().await;
    let created = send(
        &service,
        Request::new("POST", "/gm/tickets").json(r#"{"title": "a"}"#),
    )
    .await;
    assert_eq!((created.status, created.header("etag")), (201, Some("\"1\"")));
    let detail = send(&service, Request::new("GET", TICKET)).await;
    assert_eq!((detail.status, detail.header("etag")), (200, Some("\"1\"")));
    let updated = send(&service, patch(TICKET, "\"1\"")).await;
    assert_eq!((updated.status, updated.header("etag")), (200, Some("\"2\"")));
    assert_eq!(updated.json()["items"][0]["version"], 2);
    let unchanged = send(&service, patch(TICKET, "\"2\"")).await;
    assert_eq!((unchanged.status, unchanged.header("etag")), (200, Some("\"2\"")));
    // A list has the field itself.
    let list = send(&service, Request::new("POST", "/gm/tickets/query").json("{}")).await;
    assert_eq!((list.status, list.header("etag")), (200, None));
    assert_eq!(list.json()["items"][0]["version"], 2);
    let deleted = send(
        &service,
        Request::new("DELETE", TICKET).header("If-Match", "\"2\""),
    )
    .await;
    assert_eq!((deleted.status, deleted.header("etag")), (200, None));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn another_version_is_refused_with_412() {
    let service = owner().await;
    Ticket::create(new("a")).exec(&service.gm).await.unwrap();
    for tag in [
        "\"2\"",
        "\"0\"",
        "\"-1\"",
        "\"9223372036854775807\"",
        "\"-9223372036854775808\"",
    ] {
        for request in [
            patch(TICKET, tag),
            Request::new("DELETE", TICKET).header("If-Match", tag),
        ] {
            let refused = send(&service, request).await;
            assert_eq!(refused.status, 412, "{tag}");
            let body = refused.json();
            assert_eq!(body["error"], "Precondition failed.");
            assert_eq!(body["error_code"], "precondition_failed");
            assert_eq!(refused.header("etag"), None);
        }
    }
    let row = Ticket::get(&service.gm, 1).await.unwrap();
    assert_eq!((row.version, row.votes), (1, 0));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn anything_but_one_strong_version_is_refused_with_400() {
    let service = owner().await;
    Ticket::create(new("a")).exec(&service.gm).await.unwrap();
    let long = format!("\"{}\"", "1".repeat(4_000));
    for tag in [
        "",
        "1",
        "\"\"",
        "\"",
        "W/\"1\"",
        "w/\"1\"",
        "\"1\", \"2\"",
        "\"1\",\"1\"",
        "\"1\" \"1\"",
        "*, \"1\"",
        "**",
        "\"*\"",
        "\"01\"",
        "\"+1\"",
        "\" 1\"",
        "\"1.0\"",
        "\"1e0\"",
        "\"0x1\"",
        "\"one\"",
        "\"null\"",
        "'1'",
        "\"9223372036854775808\"",
        "\"-9223372036854775809\"",
        "\"18446744073709551616\"",
        "\"\u{b9}\"",
        "\"1\"; \"2\"",
        "\"a'; DROP TABLE tickets; --\"",
        &long,
    ] {
        for request in [
            patch(TICKET, tag),
            Request::new("DELETE", TICKET).header("If-Match", tag),
        ] {
            let refused = send(&service, request).await;
            assert_eq!(refused.status, 400, "{tag}");
            assert_eq!(refused.json()["error_code"], "invalid_request", "{tag}");
        }
    }
    let twice = patch(TICKET, "\"1\"").header("If-Match", "\"1\"");
    assert_eq!(send(&service, twice).await.status, 400);
    // Of a row that does not exist, too: the request can't be understood.
    assert_eq!(
        send(&service, patch("/gm/tickets/99", "W/\"1\"")).await.status,
        400
    );
    let row = Ticket::get(&service.gm, 1).await.unwrap();
    assert_eq!((row.version, row.votes), (1, 0));
    // Other methods ignore it.
    let detail = Request::new("GET", TICKET).header("If-Match", "\"7\"");
    assert_eq!(send(&service, detail).await.status, 200);
    let create = Request::new("POST", "/gm/tickets")
        .header("If-Match", "W/x")
        .json(r#"{"title": "b"}"#);
    assert_eq!(send(&service, create).await.status, 201);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_star_is_met_by_each_row_that_exists() {
    let service = owner().await;
    Ticket::create(new("a")).exec(&service.gm).await.unwrap();
    for tag in ["*", " * "] {
        assert_eq!(send(&service, patch(TICKET, tag)).await.status, 200, "{tag}");
        assert_eq!(
            send(&service, patch("/gm/tickets/99", tag)).await.status,
            404,
            "{tag}"
        );
    }
    assert_eq!(send(&service, patch("/gm/tickets/99", "\"1\"")).await.status, 404);
    let delete = Request::new("DELETE", TICKET).header("If-Match", "*");
    assert_eq!(send(&service, delete).await.status, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn no_caller_writes_what_the_owner_keeps() {
    let service = owner().await;
    Ticket::create(new("a")).exec(&service.gm).await.unwrap();
    let time = "2024-01-31T12:30:00Z";
    for (field, value) in [
        ("version", json!(9)),
        ("version", json!(null)),
        ("created", json!(time)),
        ("updated", json!(time)),
    ] {
        let update = json!({ field: value });
        let create = json!({ "title": "b", field: value });
        for request in [
            Request::new("PATCH", TICKET).json(&update.to_string()),
            Request::new("POST", "/gm/tickets").json(&create.to_string()),
        ] {
            let refused = send(&service, request).await;
            assert_eq!(refused.status, 400, "{field}");
            let body = refused.json();
            assert_eq!(body["error_code"], "invalid_request");
            assert_eq!(body["details"]["field"], field);
        }
    }
    assert_eq!(Ticket::count(&service.gm).await.unwrap(), 1);
    service.stop().await.unwrap();
}

/// A document whose version some callers may not read, and which some callers may not see or change.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "documents")]
#[permission(read = votes < 100, create = public, update = votes < 10, delete = votes < 10)]
#[remote_api(
    resource = "documents",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct Document {
    #[field(id)]
    id: i64,
    #[field(default)]
    votes: i64,
    #[field(version, read = admin)]
    version: i64,
    #[field(updated, read = admin)]
    updated: DateTime<Utc>,
}

/// A manager without a version.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(resource = "notes", allow_detail, allow_update, allow_delete)]
struct Note {
    #[field(id)]
    id: i64,
    #[field(default)]
    votes: i64,
}

/// Accepts an administrator by a header.
struct Admins;

impl Authenticator for Admins {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        let admin = presented
            .header("x-admin")
            .map(|_| Principal::named("ada").as_admin());
        Ok(admin)
    }
}

fn admin(request: Request) -> Request {
    request.header("X-Admin", "yes")
}

async fn documents() -> Running {
    let builder = Gm::builder().database("sqlite::memory:").authenticator(Admins);
    serve(builder.expose::<Document>().expose::<Note>()).await
}

/// Otherwise the caller could find out a hidden version by trying all.
#[tokio::test]
async fn a_hidden_version_can_not_be_compared() {
    let service = documents().await;
    Document::create(DocumentCreate {})
        .exec(&service.gm)
        .await
        .unwrap();
    let path = "/gm/documents/1";
    let detail = send(&service, Request::new("GET", path)).await;
    assert_eq!((detail.status, detail.header("etag")), (200, None));
    assert_eq!(detail.json()["items"], json!([{"id": 1, "votes": 0}]));
    for tag in ["\"1\"", "\"2\""] {
        assert_eq!(send(&service, patch(path, tag)).await.status, 400, "{tag}");
    }
    let updated = send(&service, patch(path, "*")).await;
    assert_eq!((updated.status, updated.header("etag")), (200, None));
    // For this caller the fields do not exist.
    for field in ["version", "updated", "nothing"] {
        let body = json!({ field: 1 }).to_string();
        let refused = send(&service, Request::new("PATCH", path).json(&body)).await;
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.json()["details"]["message"],
            "there is no such field",
            "{field}"
        );
        let filter = json!({"filters": { field: 1 }}).to_string();
        let refused = send(
            &service,
            Request::new("POST", "/gm/documents/query").json(&filter),
        )
        .await;
        assert_eq!(refused.status, 400, "{field}");
    }
    let detail = send(&service, admin(Request::new("GET", path))).await;
    assert_eq!(detail.header("etag"), Some("\"2\""));
    assert_eq!(send(&service, admin(patch(path, "\"1\""))).await.status, 412);
    assert_eq!(send(&service, admin(patch(path, "\"2\""))).await.status, 200);
    service.stop().await.unwrap();
}

/// A row out of sight is missing, and a row that the caller may not write is denied, before its version is compared.
#[tokio::test]
async fn the_version_is_compared_last() {
    let service = documents().await;
    for votes in [0, 50, 500] {
        let document = Document::create(DocumentCreate {}).votes(votes);
        document.exec(&service.gm).await.unwrap();
    }
    for (id, right, wrong) in [(1, 200, 412), (2, 403, 403), (3, 404, 404), (4, 404, 404)] {
        let path = format!("/gm/documents/{id}");
        for method in ["PATCH", "DELETE"] {
            let request = |tag: &str| {
                let request = Request::new(method, &path).header("If-Match", tag);
                admin(if method == "PATCH" {
                    request.json(r#"{"votes": 7}"#)
                } else {
                    request
                })
            };
            let version = Document::get(&service.gm, id).optional().await.unwrap();
            let version = version.map_or(1, |row| row.version);
            assert_eq!(
                send(&service, request(&format!("\"{}\"", version + 1)))
                    .await
                    .status,
                wrong,
                "{method} {id}"
            );
            assert_eq!(
                send(&service, request(&format!("\"{version}\""))).await.status,
                right,
                "{method} {id}"
            );
        }
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn rows_without_a_version_accept_only_a_star() {
    let service = documents().await;
    Note::create(NoteCreate {}).exec(&service.gm).await.unwrap();
    let detail = send(&service, Request::new("GET", "/gm/notes/1")).await;
    assert_eq!((detail.status, detail.header("etag")), (200, None));
    let words = detail.header(FEATURES).unwrap_or_default();
    assert!(!words.contains("version"), "{words}");
    assert_eq!(send(&service, patch("/gm/notes/1", "\"1\"")).await.status, 400);
    assert_eq!(send(&service, patch("/gm/notes/1", "*")).await.status, 200);
    service.stop().await.unwrap();
}

/// Every reply of the resource announces its extensions, so that a refusal can't hide them.
#[tokio::test]
async fn every_reply_announces_the_extensions() {
    let service = documents().await;
    Document::create(DocumentCreate {})
        .exec(&service.gm)
        .await
        .unwrap();
    let of = |method: &str, path: &str| Request::new(method, &format!("/gm/documents{path}"));
    for (request, status) in [
        (of("GET", "/1"), 200),
        (of("POST", "/query").json("{}"), 200),
        (of("POST", "").json("{}"), 201),
        (of("GET", "/99"), 404),
        (of("GET", "/x"), 400),
        (of("PUT", "/1"), 405),
        (of("GET", "/1").header("Authorization", "Bearer wrong"), 401),
        (
            of("GET", "/1").header("X-General-Manager-Protocol-Version", "v9"),
            400,
        ),
        (of("POST", "/query").json("{"), 400),
        (
            of("POST", "/query")
                .header("Content-Type", "text/plain")
                .json("{}"),
            415,
        ),
        (of("PATCH", "/1").json(r#"{"votes": "x"}"#), 400),
        (patch("/gm/documents/1", "\"1\""), 400),
    ] {
        let described = format!("{request:?}");
        let reply = send(&service, request).await;
        assert_eq!(reply.status, status, "{described}");
        let words = reply.header(FEATURES).unwrap_or_default();
        assert!(
            words.split(", ").any(|word| word == "version"),
            "{described}: {words}"
        );
    }
    let socket = handshake("/gm/ws/documents");
    let (accepted, _socket) = Socket::open(service.address, &socket).await.unwrap();
    assert!(
        accepted
            .header(FEATURES)
            .is_some_and(|words| words.contains("version")),
        "{accepted:?}"
    );
    let refused = send(&service, Request::new("GET", "/gm/ws/documents")).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .header(FEATURES)
            .is_some_and(|words| words.contains("version"))
    );
    // A path that is no resource is none of the framework's.
    assert_eq!(
        send(&service, Request::new("GET", "/gm/nothing/1"))
            .await
            .header(FEATURES),
        None
    );
    service.stop().await.unwrap();
}
