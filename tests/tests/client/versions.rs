//! Expected versions of writes: towards an owner that announces them, and towards others.

use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::error::Extension;
use gm_runtime::{Error, GeneralManager};
use serde_json::json;

use crate::server::{Answer, Request, Server, with_headers};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(version)]
    version: i64,
}

fn ticket() -> Ticket {
    Ticket {
        id: 1,
        title: "a".into(),
        version: 3,
    }
}

const JSON: &str = "content-type: application/json\r\n";
const VERSIONS: &str = "content-type: application/json\r\nx-general-manager-features: later, version\r\n";

fn row(headers: &str) -> Answer {
    let body = json!({"items": [{"id": 1, "title": "b", "version": 4}], "metadata": {}});
    with_headers(200, headers, &body.to_string())
}

fn refusal(status: u16, code: &str, headers: &str) -> Answer {
    let body = json!({"error": "No.", "error_code": code, "metadata": {}});
    with_headers(status, headers, &body.to_string())
}

fn is_question(request: &Request) -> bool {
    request.method == "POST" && request.path.ends_with("/query")
}

/// The methods of the requests, and their `If-Match`.
fn sent(server: &Server) -> Vec<(String, Option<String>)> {
    let requests = server.requests().into_iter();
    let described = requests.map(|request| {
        let tag = request.header("if-match").map(str::to_owned);
        (request.method, tag)
    });
    described.collect()
}

fn with_tag(method: &str) -> (String, Option<String>) {
    (method.to_owned(), Some("\"3\"".to_owned()))
}

fn without_tag(method: &str) -> (String, Option<String>) {
    (method.to_owned(), None)
}

fn is_unsupported<T: std::fmt::Debug>(written: Result<T, Error>) {
    let error = written.unwrap_err();
    let expected = Extension::Version;
    assert!(
        matches!(&error, Error::Unsupported { extension, .. } if *extension == expected),
        "{error}"
    );
    assert!(!error.is_outcome_unknown() && !error.is_retryable());
    assert!(
        error
            .to_string()
            .contains("does not announce the extension `version`"),
        "{error}"
    );
}

#[tokio::test]
async fn an_owner_is_asked_once_by_all_who_wait() {
    let server = Server::start(|_, _| row(VERSIONS));
    let gm = server.gm().await;
    let updates = (0..5).map(|_| ticket().update().title("b").exec(&gm));
    for updated in join_all(updates).await {
        assert_eq!(updated.unwrap().version, 4);
    }
    ticket().delete(&gm).await.unwrap();
    let mut expected = vec![without_tag("POST")];
    expected.extend(vec![with_tag("PATCH"); 5]);
    expected.push(with_tag("DELETE"));
    assert_eq!(sent(&server), expected);
    let question = server.requests()[0].json();
    assert_eq!(
        question,
        json!({"filters": {}, "excludes": {}, "page": 1, "page_size": 1, "count": false})
    );
}

/// An owner without the extension ignores `If-Match`, and the update of another editor would be lost.
#[tokio::test]
async fn an_owner_that_announces_nothing_gets_no_expected_version() {
    let server = Server::start(|_, _| row(JSON));
    let gm = server.gm().await;
    is_unsupported(ticket().update().title("b").exec(&gm).await);
    is_unsupported(ticket().delete(&gm).await);
    is_unsupported(Ticket::by_id(1).if_version(3).update().title("b").exec(&gm).await);
    assert_eq!(sent(&server), [without_tag("POST")]);
    ticket().update().title("b").overwrite().exec(&gm).await.unwrap();
    ticket().delete(&gm).overwrite().await.unwrap();
    assert_eq!(sent(&server)[1..], [without_tag("PATCH"), without_tag("DELETE")]);
}

#[tokio::test]
async fn a_write_without_an_expected_version_asks_nothing() {
    let server = Server::start(|_, _| row(JSON));
    let gm = server.gm().await;
    Ticket::by_id(1).update().title("b").exec(&gm).await.unwrap();
    Ticket::create(TicketCreate { title: "c".into() })
        .exec(&gm)
        .await
        .unwrap();
    Ticket::by_id(1).delete(&gm).await.unwrap();
    assert_eq!(
        sent(&server),
        [without_tag("PATCH"), without_tag("POST"), without_tag("DELETE")]
    );
    // What the owner keeps is not sent.
    assert_eq!(server.requests()[1].json(), json!({"title": "c"}));
}

#[tokio::test]
async fn each_reply_says_what_the_owner_supports() {
    // The second reply is from an owner of an earlier version.
    let server = Server::start(|_, number| row(if number == 1 { JSON } else { VERSIONS }));
    let gm = server.gm().await;
    assert_eq!(Ticket::get(&gm, 1).await.unwrap().version, 4);
    ticket().update().title("b").exec(&gm).await.unwrap();
    is_unsupported(ticket().update().title("b").exec(&gm).await);
    Ticket::get(&gm, 1).fresh().await.unwrap();
    ticket().update().title("b").exec(&gm).await.unwrap();
    assert_eq!(
        sent(&server),
        [
            without_tag("GET"),
            with_tag("PATCH"),
            without_tag("GET"),
            with_tag("PATCH")
        ]
    );
}

/// A failure without the header may be from a proxy.
#[tokio::test]
async fn a_failure_without_the_header_says_nothing() {
    let server = Server::start(|_, number| match number {
        0 => row(VERSIONS),
        1 => with_headers(502, "content-type: text/html\r\n", "<html>"),
        _ => row(VERSIONS),
    });
    let gm = server.builder().retries(0).build().await.unwrap();
    Ticket::get(&gm, 1).await.unwrap();
    Ticket::get(&gm, 1).fresh().await.unwrap_err();
    ticket().update().title("b").exec(&gm).await.unwrap();
    assert_eq!(sent(&server)[2..], [with_tag("PATCH")]);
}

#[tokio::test]
async fn a_refused_question_is_an_answer() {
    // A caller that may not query.
    for (status, code) in [
        (403, "permission_denied"),
        (405, "method_not_allowed"),
        (404, "not_found"),
    ] {
        let server = Server::start(move |request, _| match is_question(request) {
            true => refusal(status, code, VERSIONS),
            false => row(VERSIONS),
        });
        let gm = server.gm().await;
        ticket().update().title("b").exec(&gm).await.unwrap();
        assert_eq!(sent(&server), [without_tag("POST"), with_tag("PATCH")]);

        let server = Server::start(move |_, _| refusal(status, code, JSON));
        let gm = server.gm().await;
        is_unsupported(ticket().update().title("b").exec(&gm).await);
        assert_eq!(sent(&server), [without_tag("POST")]);
    }
}

#[tokio::test]
async fn an_owner_that_can_not_be_asked_gets_no_write() {
    for (status, code) in [
        (503, "unavailable"),
        (500, "internal_error"),
        (401, "authentication_required"),
    ] {
        let server = Server::start(move |_, _| refusal(status, code, JSON));
        let gm = server.builder().retries(0).build().await.unwrap();
        let error = ticket().update().title("b").exec(&gm).await.unwrap_err();
        assert_eq!(
            error.remote().map(gm_runtime::error::RemoteError::status),
            Some(status)
        );
        assert!(!error.is_outcome_unknown());
        assert_eq!(sent(&server), [without_tag("POST")]);
    }
}

#[tokio::test]
async fn a_refused_version_is_stale_and_drops_the_cached_row() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "PATCH" | "DELETE" => refusal(412, "precondition_failed", VERSIONS),
        _ => row(VERSIONS),
    });
    let builder = server.builder().cache_time_to_live(Duration::from_secs(3600));
    let gm = builder.build().await.unwrap();
    let cached = Ticket::get(&gm, 1).await.unwrap();
    assert_eq!(Ticket::get(&gm, 1).await.unwrap(), cached);
    assert_eq!(server.requests().len(), 1);
    let stale = ticket().update().title("b").exec(&gm).await.unwrap_err();
    assert!(
        matches!(stale, Error::Stale { .. }) && stale.is_stale(),
        "{stale}"
    );
    assert_eq!(
        stale.to_string(),
        "the `Ticket` of id 1 was changed since this version of it was read, and nothing was written; read it again with \
         `fresh`, and write again"
    );
    Ticket::get(&gm, 1).await.unwrap();
    assert!(ticket().delete(&gm).await.unwrap_err().is_stale());
    Ticket::get(&gm, 1).await.unwrap();
    assert_eq!(
        sent(&server)[1..],
        [
            with_tag("PATCH"),
            without_tag("GET"),
            with_tag("DELETE"),
            without_tag("GET")
        ]
    );
}
