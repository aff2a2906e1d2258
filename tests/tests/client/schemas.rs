//! The handshake of schemas, with owners that answer it well, badly or never.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use gm_runtime::manager::Operation;
use gm_runtime::schema::Breaks;
use gm_runtime::{Error, GeneralManager, Gm};
use serde_json::{Value as Json, json};

use crate::server::{Answer, Request, Server, with_headers};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
pub(crate) struct RemoteTicket {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) priority: i64,
    pub(crate) note: Option<String>,
}

pub(crate) const GOOD: &str = "000000000000000a";
pub(crate) const BAD: &str = "000000000000000b";

/// A field of a schema, with further members.
pub(crate) fn field(name: &str, value_type: &str, members: &Json) -> Json {
    let mut field = json!({"name": name, "type": value_type, "creatable": true, "updatable": true});
    for (key, value) in members.as_object().unwrap() {
        field[key] = value.clone();
    }
    field
}

/// The answer with the schema of these fields besides the id.
pub(crate) fn schema(hash: &str, fields: &[Json]) -> Json {
    let mut all = vec![json!({"name": "id", "type": "integer"})];
    all.extend(fields.iter().cloned());
    let operations = json!(["filter", "detail", "create", "update", "delete"]);
    json!({"metadata": {}, "resources": [{
        "base_path": "/gm", "resource": "tickets", "protocol_version": "v1", "manager": "Ticket",
        "hash": hash, "operations": operations, "id": "id", "fields": all,
    }]})
}

pub(crate) fn good() -> Json {
    let fields = [
        field("title", "text", &json!({})),
        field("priority", "integer", &json!({})),
        field("note", "text", &json!({"nullable": true})),
    ];
    schema(GOOD, &fields)
}

/// The priority is text.
pub(crate) fn bad() -> Json {
    let fields = [
        field("title", "text", &json!({})),
        field("priority", "text", &json!({})),
        field("note", "text", &json!({"nullable": true})),
    ];
    schema(BAD, &fields)
}

pub(crate) fn is_question(request: &Request) -> bool {
    request.path.contains("_schema")
}

/// The headers of an owner with this hash.
pub(crate) fn headers(hash: &str) -> String {
    format!("x-general-manager-features: schema\r\nx-general-manager-schema: {hash}\r\n")
}

pub(crate) fn row() -> Json {
    json!({"id": 1, "title": "a", "priority": 1, "note": null})
}

/// The rows of an owner with the schema of this hash.
pub(crate) fn rows(hash: &str, rows: &Json) -> Answer {
    let body = json!({"items": rows, "metadata": {}});
    with_headers(200, &headers(hash), &body.to_string())
}

/// The answer to a question.
pub(crate) fn document(document: &Json) -> Answer {
    with_headers(
        200,
        "x-general-manager-features: schema\r\n",
        &document.to_string(),
    )
}

/// An owner with rows under this hash, and this answer to each question.
pub(crate) fn owner(hash: &'static str, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| match is_question(request) {
        true => answer(),
        false => rows(hash, &json!([row()])),
    })
}

/// How many requests were questions, and how many were others.
pub(crate) fn counts(server: &Server) -> (usize, usize) {
    let requests = server.requests();
    let questions = requests.iter().filter(|request| is_question(request)).count();
    (questions, requests.len() - questions)
}

pub(crate) fn mismatch(error: &Error, operation: Operation) -> Vec<String> {
    let Error::SchemaMismatch(mismatch) = error else {
        panic!("{error}");
    };
    assert_eq!(mismatch.operation(), operation, "{error}");
    assert!(!error.is_retryable() && !error.is_outcome_unknown(), "{error}");
    mismatch.differences().to_vec()
}

pub(crate) async fn read(gm: &Gm) -> Result<usize, Error> {
    let rows = RemoteTicket::query().all(gm).fresh().await?;
    Ok(rows.len())
}

const PRIORITY: &str = "`RemoteTicket.priority` is an integer here and text at the owner";

#[tokio::test]
async fn a_schema_that_fits_is_read_once() {
    let server = owner(GOOD, || document(&good()));
    let gm = server.builder().bearer_token("secret").build().await.unwrap();
    for _ in 0..3 {
        assert_eq!(read(&gm).await.unwrap(), 1);
    }
    assert_eq!(RemoteTicket::get(&gm, 1).await.unwrap().priority, 1);
    assert_eq!(counts(&server), (1, 4));
    let question = server.requests().into_iter().find(is_question).unwrap();
    assert_eq!(
        (question.method.as_str(), question.path.as_str()),
        ("GET", "/gm/_schema?resource=tickets")
    );
    assert_eq!(question.header("authorization"), Some("Bearer secret"));
    assert_eq!(question.header("x-general-manager-protocol-version"), Some("v1"));
}

#[tokio::test]
async fn the_first_read_says_what_does_not_fit() {
    // No row could show it.
    let server = Server::start(|request, _| match is_question(request) {
        true => document(&bad()),
        false => rows(BAD, &json!([])),
    });
    let gm = server.gm().await;
    for reads in 1..=3 {
        let error = read(&gm).await.unwrap_err();
        assert_eq!(mismatch(&error, Operation::Filter), [PRIORITY]);
        assert_eq!(counts(&server), (1, reads));
    }
    let error = RemoteTicket::get(&gm, 1).await.unwrap_err();
    assert_eq!(mismatch(&error, Operation::Detail), [PRIORITY]);
    let error = RemoteTicket::query().count(&gm).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the operation filter of `RemoteTicket` can't succeed: {PRIORITY}; the owner's schema is at \
             {}/gm/_schema?resource=tickets: change the struct, or the owner",
            server.url()
        )
    );
    assert_eq!(counts(&server).0, 1);
}

#[tokio::test]
async fn equal_and_other_reads_at_the_same_time_share_a_question() {
    let server = owner(BAD, || document(&bad()));
    let gm = &server.gm().await;
    let lists = (0..10).map(|_| async move { read(gm).await.map(|_| ()) });
    let rows = (0..10).map(|id| async move { RemoteTicket::get(gm, id).await.map(|_| ()) });
    for read in join_all(lists).await.into_iter().chain(join_all(rows).await) {
        assert!(matches!(read, Err(Error::SchemaMismatch(_))), "{read:?}");
    }
    assert_eq!(counts(&server).0, 1);
}

#[tokio::test]
async fn an_owner_that_changes_is_asked_once_more_and_the_error_goes_away() {
    let current = Arc::new(Mutex::new((GOOD, good())));
    let state = Arc::clone(&current);
    let server = Server::start(move |request, _| {
        let (hash, schema) = &*state.lock().unwrap();
        match is_question(request) {
            true => document(schema),
            false => rows(hash, &json!([row()])),
        }
    });
    let gm = server.gm().await;
    assert_eq!(read(&gm).await.unwrap(), 1);
    *current.lock().unwrap() = (BAD, bad());
    for _ in 0..2 {
        assert!(matches!(read(&gm).await, Err(Error::SchemaMismatch(_))));
    }
    assert_eq!(counts(&server), (2, 3));
    *current.lock().unwrap() = (GOOD, good());
    assert_eq!(read(&gm).await.unwrap(), 1);
    // The schema of the first owner is remembered.
    assert_eq!(counts(&server), (2, 4));
}

#[tokio::test]
async fn replicas_of_two_versions_are_judged_each_by_its_own_schema() {
    // The first question is answered by the other replica. The reply is taken as it is then, and the next one begins another question.
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request, _| match is_question(request) {
        true if asked.fetch_add(1, Ordering::SeqCst) == 1 => document(&bad()),
        true => document(&good()),
        false if request.path.ends_with("/1") => rows(GOOD, &json!([row()])),
        false => rows(BAD, &json!([{"id": 2, "title": "a", "priority": 2}])),
    });
    let gm = server.gm().await;
    let read = async |id| RemoteTicket::get(&gm, id).fresh().await.map(|ticket| ticket.id);
    assert_eq!(read(2).await.unwrap(), 2);
    for questions in [2, 2, 2] {
        assert!(matches!(read(2).await, Err(Error::SchemaMismatch(_))));
        assert_eq!(read(1).await.unwrap(), 1);
        assert_eq!(counts(&server).0, questions);
    }
}

#[tokio::test]
async fn an_owner_without_the_word_is_not_asked() {
    for headers in [
        "",
        "x-general-manager-features: cursor\r\n",
        "x-general-manager-schema: 000000000000000b\r\n",
        "x-general-manager-features: cursor\r\nx-general-manager-schema: 000000000000000b\r\n",
        "x-general-manager-features: schema\r\n",
        "x-general-manager-features: schema\r\nx-general-manager-schema: later\r\n",
    ] {
        let server = Server::start(move |_, _| {
            with_headers(
                200,
                headers,
                &json!({"items": [row()], "metadata": {}}).to_string(),
            )
        });
        let gm = server.gm().await;
        assert_eq!(read(&gm).await.unwrap(), 1);
        let created = RemoteTicket::create(RemoteTicketCreate {
            title: "a".into(),
            priority: 1,
        });
        assert_eq!(created.exec(&gm).await.unwrap().id, 1);
        assert_eq!(counts(&server), (0, 2), "{headers}");
    }
}

#[tokio::test]
async fn a_check_that_is_off_asks_nothing() {
    let server = owner(BAD, || document(&bad()));
    let gm = server.builder().check_schemas(false).build().await.unwrap();
    assert_eq!(read(&gm).await.unwrap(), 1);
    assert_eq!(counts(&server), (0, 1));
    let differences = gm.compare_schema::<RemoteTicket>().await.unwrap();
    let texts: Vec<_> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(texts, [PRIORITY]);
    assert_eq!(differences[0].breaks, Breaks::Readers);
    assert_eq!(differences[0].field.as_deref(), Some("priority"));
    assert_eq!(counts(&server), (1, 1));
}

#[tokio::test]
async fn a_refused_query_is_explained_by_the_schema() {
    let server = Server::start(|request, _| match is_question(request) {
        true => document(&bad()),
        false => with_headers(400, &headers(BAD), r#"{"error_code": "invalid_request"}"#),
    });
    let gm = server.gm().await;
    let error = RemoteTicket::filter(|ticket| ticket.priority.gt(3))
        .all(&gm)
        .await;
    assert_eq!(mismatch(&error.unwrap_err(), Operation::Filter), [PRIORITY]);
    // Without such a difference it is the refusal.
    let server = Server::start(|request, _| match is_question(request) {
        true => document(&good()),
        false => with_headers(400, &headers(GOOD), r#"{"error_code": "invalid_request"}"#),
    });
    let gm = server.gm().await;
    let error = read(&gm).await.unwrap_err();
    assert_eq!(error.remote().unwrap().status(), 400);
}

/// Refusals that say themselves why: of a caller that may not read, of an operation that is not offered.
#[tokio::test]
async fn other_refusals_stay_what_they_are() {
    let mut create_only = bad();
    create_only["resources"][0]["operations"] = json!(["create"]);
    let answers = [
        with_headers(
            200,
            &headers(BAD),
            r#"{"items": [], "metadata": {"denied": true}}"#,
        ),
        with_headers(403, &headers(BAD), r#"{"error_code": "permission_denied"}"#),
    ];
    for answer in answers {
        let (document_of, answer) = (create_only.clone(), Mutex::new(Some(answer)));
        let server = Server::start(move |request, _| match is_question(request) {
            true => document(&document_of),
            false => answer.lock().unwrap().take().unwrap(),
        });
        let error = read(&server.gm().await).await.unwrap_err();
        assert!(error.is_permission_denied(), "{error}");
    }
    for status in [404, 405, 409, 412, 413] {
        let server = Server::start(move |request, _| match is_question(request) {
            true => document(&bad()),
            false => with_headers(status, &headers(BAD), "{}"),
        });
        let error = read(&server.gm().await).await.unwrap_err();
        assert_eq!(error.remote().unwrap().status(), status);
        assert_eq!(counts(&server), (0, 1));
    }
}
