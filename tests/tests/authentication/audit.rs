//! The audit log: an entry for each write and each refusal, and nothing else.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use gm_runtime::access::Principal;
use gm_runtime::server::{RateLimit, TrustedProxy};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::log::{self, Level};
use gm_tests::raw::{Request, Response};

use super::{serve, subscribe_to, with};

/// A row that its owner alone may read and change.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(
    read = owner == caller.name,
    create = authenticated,
    update = owner == caller.name,
    delete = nobody,
)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
pub(crate) struct Note {
    /// Its id.
    #[field(id)]
    pub id: String,
    /// Its title.
    #[field(max_length = 50, unique)]
    pub title: String,
    /// Its owner.
    #[field(max_length = 50)]
    pub owner: String,
}

const ADA: (&str, &str) = ("Authorization", "Bearer token-of-ada");
const BOB: (&str, &str) = ("Authorization", "Bearer token-of-bob");
const WRONG: (&str, &str) = ("Authorization", "Bearer wrong-token");
const NOTES: &str = "/internal/gm/notes";

async fn notes() -> Running {
    log::keep_from(Level::TRACE);
    serve(|builder| {
        builder
            .expose::<Note>()
            .accept_bearer_token("token-of-ada", "ada")
            .accept_bearer_token("token-of-bob", "bob")
            .trusted_proxy(TrustedProxy::new(["127.0.0.1"]))
            .max_url_bytes(64 * 1024)
    })
    .await
}

/// Sends a request under this id.
async fn send(
    service: &Running,
    id: &str,
    (method, path): (&str, &str),
    caller: Option<(&str, &str)>,
    body: &str,
) -> Response {
    let mut request = with(Request::new(method, path), &[("X-Request-ID", id)]);
    if let Some(caller) = caller {
        request = with(request, &[caller]);
    }
    if !body.is_empty() {
        request = request.json(body);
    }
    request.send(service.address).await.unwrap()
}

/// The entries of the audit log with this request id.
fn entries(request_id: &str) -> Vec<String> {
    log::lines(&["gm::audit", &format!("request_id=\"{request_id}\"")])
}

/// Asserts that the request has one entry, with these parts.
fn assert_entry(request_id: &str, parts: &[&str]) {
    let entries = entries(request_id);
    assert_eq!(entries.len(), 1, "{request_id}: {entries:#?}");
    for part in parts {
        assert!(entries[0].contains(part), "{part} is not in {}", entries[0]);
    }
}

fn note(id: &str, title: &str) -> String {
    format!(
        r#"{{"id": "{id}", "title": "{title}", "owner": "ada", "__metadata__": {{"history_comment": "a reason"}}}}"#
    )
}

#[tokio::test]
async fn each_write_of_a_caller_has_one_entry_without_tokens_and_values() {
    let service = notes().await;
    let answer = send(
        &service,
        "w-1",
        ("POST", NOTES),
        Some(ADA),
        &note("n1", "secret-title"),
    )
    .await;
    assert_eq!(answer.status, 201);
    assert_entry(
        "w-1",
        &[
            "outcome=\"done\" operation=\"create\" manager=\"Note\" resource=\"notes\" id=\"n1\" actor=\"caller\"",
            "principal=\"ada\" address=127.0.0.1 request_id=\"w-1\" comment=\"a reason\"",
        ],
    );
    let change = r#"{"title": "other-secret", "__metadata__": {"history_comment": "another"}}"#;
    let answer = send(
        &service,
        "w-2",
        ("PATCH", "/internal/gm/notes/n1"),
        Some(ADA),
        change,
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_entry(
        "w-2",
        &[
            "outcome=\"done\" operation=\"update\"",
            "id=\"n1\"",
            "comment=\"another\"",
        ],
    );
    let request = Request::new("DELETE", "/internal/gm/projects/1").header("X-Request-ID", "w-3");
    let request = request.header("X-Forwarded-For", "203.0.113.7");
    assert_eq!(request.send(service.address).await.unwrap().status, 200);
    assert_entry(
        "w-3",
        &[
            "outcome=\"done\" operation=\"delete\" manager=\"Project\"",
            "id=\"1\"",
            "address=203.0.113.7",
        ],
    );
    // An anonymous caller has no name.
    assert!(!entries("w-3")[0].contains("principal="));
    // Reads that are answered have no entry, and neither has what the URL refuses.
    let reads = [
        ("r-1", "GET", "/internal/gm/notes/n1", 200),
        ("r-2", "PUT", NOTES, 405),
    ];
    for (id, method, path, status) in reads {
        assert_eq!(
            send(&service, id, (method, path), Some(ADA), "").await.status,
            status
        );
        assert_eq!(entries(id), Vec::<String>::new());
    }
    for secret in ["secret", "token-of"] {
        assert_eq!(log::lines(&["gm::audit", secret]), Vec::<String>::new());
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn each_refusal_has_one_entry() {
    let service = notes().await;
    let created = send(&service, "c-1", ("POST", NOTES), Some(ADA), &note("n1", "one")).await;
    assert_eq!(created.status, 201);
    let path = "/internal/gm/notes/n1";
    let query = "/internal/gm/notes/query";
    let (anonymous, change) = (None, r#"{"title": "x"}"#);
    let long = format!(r#"{{"title": "{}"}}"#, "x".repeat(60));
    let same = note("n2", "one");
    let cases = [
        (
            "f-1",
            "GET",
            path,
            Some(WRONG),
            "",
            401,
            "authentication_required",
            "detail",
        ),
        (
            "f-2",
            "PATCH",
            path,
            Some(WRONG),
            change,
            401,
            "authentication_required",
            "update",
        ),
        (
            "f-3",
            "POST",
            NOTES,
            anonymous,
            &*same,
            403,
            "permission_denied",
            "create",
        ),
        (
            "f-4",
            "GET",
            path,
            anonymous,
            "",
            403,
            "permission_denied",
            "detail",
        ),
        // The row exists, and bob does not see it.
        ("f-5", "GET", path, Some(BOB), "", 404, "not_found", "detail"),
        (
            "f-6",
            "PATCH",
            path,
            Some(BOB),
            change,
            404,
            "not_found",
            "update",
        ),
        (
            "f-7",
            "DELETE",
            path,
            Some(ADA),
            "",
            403,
            "permission_denied",
            "delete",
        ),
        ("f-8", "POST", NOTES, Some(ADA), &*same, 409, "conflict", "create"),
        (
            "f-9",
            "PATCH",
            path,
            Some(ADA),
            &*long,
            400,
            "validation_error",
            "update",
        ),
        (
            "f-10",
            "PATCH",
            path,
            Some(ADA),
            r#"{"titel": 1}"#,
            400,
            "invalid_request",
            "update",
        ),
        (
            "f-11",
            "POST",
            NOTES,
            Some(ADA),
            "[",
            400,
            "invalid_request",
            "create",
        ),
        (
            "f-12",
            "PATCH",
            "/internal/gm/projects/999",
            anonymous,
            r#"{"name": "x"}"#,
            404,
            "not_found",
            "update",
        ),
        // The answer is an empty page.
        (
            "f-13",
            "POST",
            query,
            anonymous,
            "{}",
            200,
            "permission_denied",
            "filter",
        ),
    ];
    for (id, method, path, caller, body, status, outcome, operation) in cases {
        let answer = send(&service, id, (method, path), caller, body).await;
        assert_eq!(answer.status, status, "{id}: {}", answer.json());
        let expected = format!("outcome=\"{outcome}\" operation=\"{operation}\"");
        assert_entry(id, &[&expected, "actor=\"caller\"", "address=127.0.0.1"]);
    }
    assert_entry("f-5", &["id=\"n1\"", "principal=\"bob\""]);
    assert_entry("f-7", &["id=\"n1\"", "principal=\"ada\""]);
    // A wrong query, and a row that is missing for every caller, are no refusals.
    let wrong = [
        ("g-1", "POST", query, "[", 400),
        ("g-2", "GET", "/internal/gm/projects/999", "", 404),
    ];
    for (id, method, path, body, status) in wrong {
        assert_eq!(
            send(&service, id, (method, path), Some(ADA), body).await.status,
            status
        );
        assert_eq!(entries(id), Vec::<String>::new());
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn refused_handshakes_and_limited_requests_have_entries() {
    log::keep_from(Level::TRACE);
    let once = RateLimit::per_minute(1);
    let service = serve(|builder| {
        builder
            .accept_bearer_token("token-of-ada", "ada")
            .rate_limit_per_principal(once)
    })
    .await;
    let events = "/internal/gm/ws/private-things";
    let request = |id| ("X-Request-ID", id);
    assert_eq!(
        subscribe_to(&service, events, &[request("h-1"), WRONG]).await,
        (101, Some(4401))
    );
    assert_entry(
        "h-1",
        &[
            "outcome=\"authentication_required\" operation=\"subscribe\"",
            "resource=\"private-things\"",
        ],
    );
    assert_eq!(
        subscribe_to(&service, events, &[request("h-2")]).await,
        (101, Some(4401))
    );
    assert_entry("h-2", &["outcome=\"permission_denied\" operation=\"subscribe\""]);
    assert_eq!(
        subscribe_to(&service, events, &[request("h-3"), ADA]).await,
        (101, None)
    );
    assert_eq!(entries("h-3"), Vec::<String>::new());
    assert_eq!(
        subscribe_to(&service, events, &[request("h-4"), ADA]).await,
        (429, None)
    );
    assert_entry(
        "h-4",
        &[
            "outcome=\"rate_limited\" operation=\"subscribe\"",
            "principal=\"ada\"",
        ],
    );
    let path = "/internal/gm/private-things/1";
    assert_eq!(
        send(&service, "h-5", ("GET", path), Some(ADA), "").await.status,
        429
    );
    assert_entry(
        "h-5",
        &[
            "outcome=\"rate_limited\" operation=\"detail\"",
            "id=\"1\"",
            "principal=\"ada\"",
        ],
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn comments_ids_and_names_forge_no_line_and_are_shortened() {
    let service = notes().await;
    let body = r#"{"id": "a\nb", "title": "t", "owner": "ada",
        "__metadata__": {"history_comment": "x\r\n2026 DEBUG gm::audit: outcome=\"done\"\u001b[31m\u2028"}}"#;
    assert_eq!(
        send(&service, "l-1", ("POST", NOTES), Some(ADA), body)
            .await
            .status,
        201
    );
    assert_entry("l-1", &["id=\"a\\\\nb\"", "comment=\"x\\\\r\\\\n2026 DEBUG"]);
    let line = &entries("l-1")[0];
    assert!(
        !line.contains(|character: char| character.is_control() || character == '\u{2028}'),
        "{line}"
    );
    let forged = log::lines(&["2026 DEBUG"]);
    assert!(
        forged.iter().all(|line| !line.starts_with("2026 DEBUG")),
        "{forged:#?}"
    );

    let comment = "y".repeat(100_000);
    let body = format!(r#"{{"title": "u", "__metadata__": {{"history_comment": "{comment}"}}}}"#);
    assert_eq!(
        send(
            &service,
            "l-2",
            ("PATCH", "/internal/gm/notes/a%0Ab"),
            Some(ADA),
            &body
        )
        .await
        .status,
        200
    );
    assert_entry("l-2", &[&format!("{}…", "y".repeat(1_000))]);
    assert!(entries("l-2")[0].len() < 1_500);

    let path = format!("/internal/gm/notes/{}", "z%0D%0A".repeat(10 * 1024 / 7));
    assert_eq!(
        send(&service, "l-3", ("PATCH", &path), Some(ADA), r#"{"title": "v"}"#)
            .await
            .status,
        404
    );
    assert_entry(
        "l-3",
        &["outcome=\"not_found\" operation=\"update\"", "id=\"z\\\\r\\\\nz"],
    );
    assert!(entries("l-3")[0].len() < 1_000);
    assert_eq!(
        send(&service, "l-4", ("GET", &path), Some(ADA), "").await.status,
        404
    );
    assert!(entries("l-4")[0].len() < 1_000);
    service.stop().await.unwrap();
}

fn new_note(id: &str) -> NoteCreate {
    NoteCreate {
        id: id.to_owned(),
        title: id.to_owned(),
        owner: "ada".to_owned(),
    }
}

async fn in_memory() -> Gm {
    log::keep_from(Level::TRACE);
    let gm = Gm::builder().database("sqlite::memory:").expose::<Note>();
    gm.build().await.unwrap()
}

#[tokio::test]
async fn verbs_have_entries_of_the_service_or_of_a_caller() {
    let gm = in_memory().await;
    let create = |id: &str| Note::create(new_note(id));
    create("v-1").exec(&gm).await.unwrap();
    let own = log::lines(&["gm::audit", "id=\"v-1\""]);
    assert_eq!(own.len(), 1, "{own:#?}");
    assert!(
        own[0].contains("outcome=\"done\" operation=\"create\""),
        "{}",
        own[0]
    );
    assert!(
        own[0].contains("actor=\"service\"") && !own[0].contains("principal="),
        "{}",
        own[0]
    );

    let (ada, bob) = (
        gm.acting_as(Principal::named("ada")),
        gm.acting_as(Principal::named("bob")),
    );
    create("v-2").exec(&ada).await.unwrap();
    Note::get(&ada, "v-2").await.unwrap();
    Note::get(&bob, "v-1").await.unwrap_err();
    Note::by_id("v-2").delete(&ada).await.unwrap_err();
    Note::by_id("v-2")
        .update()
        .title("w")
        .exec(&bob)
        .await
        .unwrap_err();
    create("v-3")
        .exec(&gm.acting_as(Principal::anonymous()))
        .await
        .unwrap_err();
    let expected = [
        ("create", "done", "ada"),
        ("detail", "not_found", "bob"),
        ("delete", "permission_denied", "ada"),
        ("update", "not_found", "bob"),
    ];
    for (operation, outcome, name) in expected {
        let parts = [
            "gm::audit",
            &format!("outcome=\"{outcome}\" operation=\"{operation}\""),
            &format!("actor=\"caller\" principal=\"{name}\""),
        ];
        assert_eq!(log::lines(&parts).len(), 1, "{parts:?}");
    }
    let anonymous = log::lines(&["gm::audit", "outcome=\"permission_denied\" operation=\"create\""]);
    assert_eq!(anonymous.len(), 1, "{anonymous:#?}");
    let all = log::lines(&["gm::audit"]);
    assert_eq!(all.len(), 6, "{all:#?}");
}

#[tokio::test]
async fn a_write_whose_caller_has_left_has_an_entry_at_its_end() {
    let gm = in_memory().await;
    {
        let write = pin!(Note::create(new_note("left")).exec(&gm));
        let polled = write.poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    // The handle is closed when its writes have ended, and have entries.
    gm.close().await;
    let entries = log::lines(&["gm::audit", "id=\"left\""]);
    assert_eq!(entries.len(), 1, "{entries:#?}");
    assert!(entries[0].contains("outcome=\"done\""), "{}", entries[0]);
}
