//! The replies of a gateway for writes with an unknown outcome, and for rows that it can't read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use gm_runtime::client::Timeouts;
use gm_runtime::{Error, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::{Request, Response};

use crate::chain::{Chain, Owned, Passed, PassedCreate};
use crate::server::{Answer, Server, json as answer, rows, with_headers};

const WRITES: [(&str, &str, &str); 3] = [
    ("POST", "/gm/projects", r#"{"name": "a"}"#),
    ("PATCH", "/gm/projects/1", r#"{"name": "a"}"#),
    ("DELETE", "/gm/projects/1", "{}"),
];

/// A function that returns the owner's response.
type Make = fn() -> Answer;

async fn write(chain: &Chain, (method, path, body): (&str, &str, &str)) -> Response {
    let request = Request::new(method, path).json(body);
    request.send(chain.address()).await.unwrap()
}

/// The same write with the typed client.
async fn exec(chain: &Chain, method: &str) -> Error {
    let gm = chain.builder().build().await.unwrap();
    let written = match method {
        "POST" => Passed::create(PassedCreate { name: "a".into() })
            .exec(&gm)
            .await
            .map(drop),
        "PATCH" => Passed::by_id(1).update().name("a").exec(&gm).await.map(drop),
        _ => Passed::by_id(1).delete(&gm).await,
    };
    written.unwrap_err()
}

/// A caller that obeys "try again" would create twice.
#[tokio::test]
async fn an_unknown_outcome_is_not_retryable_at_any_hop() {
    let broken: [(&str, Make); 9] = [
        ("closes", || Answer::Last(Vec::new())),
        ("half an answer", || {
            Answer::Last(b"HTTP/1.1 201 X\r\ncontent-length: 9\r\n\r\n{".to_vec())
        }),
        ("is no HTTP", || Answer::Last(b"SSH-2.0\r\n\r\n".to_vec())),
        ("a proxy's page", || {
            with_headers(200, "content-type: text/html\r\n", "<html>")
        }),
        ("500", || answer(500, "{}")),
        ("502", || with_headers(502, "retry-after: 1\r\n", "")),
        ("504", || answer(504, "")),
        ("408", || answer(408, "")),
        ("303", || with_headers(303, "location: /gm/projects/1\r\n", "")),
    ];
    for (what, handler) in broken {
        let owner = Server::start(move |_, _| handler());
        for length in [1, 2] {
            let chain = Chain::start(owner.url(), length).await;
            for call in WRITES {
                let before = owner.requests().len();
                let refused = write(&chain, call).await;
                assert_eq!(refused.status, 500, "{what} {call:?}");
                assert_eq!(refused.header("retry-after"), None, "{what} {call:?}");
                let body = refused.json();
                assert_eq!(body["error_code"], "internal_error");
                let message = body["details"]["message"].as_str().unwrap();
                assert!(message.contains("is not known"), "{message}");
                let error = exec(&chain, call.0).await;
                assert!(
                    error.is_outcome_unknown() && !error.is_retryable(),
                    "{what}: {error}"
                );
                assert!(error.to_string().contains("is not known"), "{error}");
                assert_eq!(owner.requests().len() - before, 2, "{what} {call:?}");
            }
            chain.stop().await;
        }
    }
}

/// A caller that retries only what is retryable creates one row, wherever the response is lost.
#[tokio::test]
async fn an_obedient_caller_creates_once() {
    for length in 0..=2 {
        let folder = tempfile::TempDir::new().unwrap();
        let database = format!("sqlite://{}", folder.path().join("owner.db").display());
        let builder = Gm::builder().database(database).expose::<Owned>();
        let owner = Running::start(builder).await.unwrap();
        let address = owner.address;
        // Carries the write out, and loses the response.
        let lossy = Server::start(move |request, _| {
            let mut stream = TcpStream::connect(address).unwrap();
            let (method, path, body) = (&request.method, &request.path, &request.body);
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: owner\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all((head + body).as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 201"));
            Answer::Last(Vec::new())
        });
        let chain = Chain::start(lossy.url(), length).await;
        let gm = chain.builder().build().await.unwrap();
        for _ in 0..3 {
            let create = Passed::create(PassedCreate { name: "a".into() });
            let error = create.exec(&gm).await.unwrap_err();
            assert!(error.is_outcome_unknown(), "{length} gateways: {error}");
            if !error.is_retryable() {
                break;
            }
        }
        assert_eq!(Owned::count(&owner.gm).await.unwrap(), 1, "{length} gateways");
        chain.stop().await;
        owner.stop().await.unwrap();
    }
}

/// An owner that reads the request and does not respond.
#[tokio::test]
async fn a_timeout_of_a_write_is_an_unknown_outcome() {
    let owner = Server::start(|_, _| Answer::Stall(Vec::new()));
    let impatient = |builder: gm_runtime::GmBuilder| {
        builder.timeouts(Timeouts::new().response(Duration::from_millis(100)))
    };
    let chain = Chain::with(owner.url(), 1, impatient).await;
    for call in WRITES {
        let refused = write(&chain, call).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (500, None),
            "{call:?}"
        );
        let error = exec(&chain, call.0).await;
        assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
    }
    assert_eq!(owner.requests().len(), 6);
    chain.stop().await;
}

/// The owner seems to have carried the write out.
#[tokio::test]
async fn an_invalid_response_to_a_write_is_not_retryable() {
    for body in [
        "<html>",
        r#"{"items": "#,
        r#"{"items": [{"id": 1, "name": "a", "stars": 1099511627776}]}"#,
        r#"{"items": [{"id": 1, "name": "a", "stars": 0}], "metadata": {"protocol_version": "v2"}}"#,
        r#"{"items": [{"id": 1, "name": null, "stars": 0}]}"#,
        r#"{"items": [{"id": 1, "name": "a", "stars": 0}, {"id": 2, "name": "a", "stars": 0}]}"#,
    ] {
        let owner = Server::start(move |request, _| answer(200 + u16::from(request.method == "POST"), body));
        for length in [1, 2] {
            let chain = Chain::start(owner.url(), length).await;
            for call in &WRITES[..2] {
                let refused = write(&chain, *call).await;
                assert_eq!(
                    (refused.status, refused.header("retry-after")),
                    (500, None),
                    "{body} {call:?}"
                );
                let error = exec(&chain, call.0).await;
                assert!(
                    error.is_outcome_unknown() && !error.is_retryable(),
                    "{body}: {error}"
                );
            }
            chain.stop().await;
        }
        // Two writes, by two clients, through two chains, each once.
        assert_eq!(owner.requests().len(), 8, "{body}");
    }
}

/// A refusal is certain, so a gateway forwards it unchanged. Only the gateway next to the owner retries, and only a 429.
#[tokio::test]
async fn a_refusal_of_a_write_is_forwarded() {
    for (status, passed_on, retryable) in [
        (503, 503, true),
        (429, 429, true),
        (400, 400, false),
        (403, 403, false),
        (404, 404, false),
        (409, 409, false),
        (413, 413, false),
        (414, 400, false),
    ] {
        let owner = Server::start(move |_, _| answer(status, "{}"));
        let chain = Chain::start(owner.url(), 2).await;
        for call in WRITES {
            assert_eq!(write(&chain, call).await.status, passed_on, "{status} {call:?}");
            let error = exec(&chain, call.0).await;
            assert_eq!(
                (error.is_retryable(), error.is_outcome_unknown()),
                (retryable, false),
                "{error}"
            );
        }
        let tries = if status == 429 { 3 } else { 1 };
        assert_eq!(owner.requests().len(), 6 * tries, "{status}");
        chain.stop().await;
    }
}

/// An owner without a connection certainly did nothing.
#[tokio::test]
async fn an_unsent_write_is_retryable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let chain = Chain::with(url, 2, |builder| builder.retries(0)).await;
    for call in WRITES {
        let refused = write(&chain, call).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, Some("1")),
            "{call:?}"
        );
        let error = exec(&chain, call.0).await;
        assert!(error.is_retryable() && !error.is_outcome_unknown(), "{error}");
    }
    chain.stop().await;
}

/// A retry would read the same row.
#[tokio::test]
async fn a_row_that_a_gateway_can_not_read_is_not_retryable() {
    let owner = Server::start(|_, _| rows(r#"[{"id": 1, "name": "a", "stars": 1099511627776}]"#));
    let chain = Chain::start(owner.url(), 2).await;
    for request in [
        Request::new("GET", "/gm/projects/1"),
        Request::new("POST", "/gm/projects/query").json("{}"),
    ] {
        let before = owner.requests().len();
        let refused = request.send(chain.address()).await.unwrap();
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (500, None),
            "{request:?}"
        );
        assert_eq!(refused.json()["error_code"], "internal_error");
        assert_eq!(owner.requests().len() - before, 1);
    }
    let gm = chain.builder().build().await.unwrap();
    let error = Passed::get(&gm, 1).await.unwrap_err();
    assert!(!error.is_retryable() && !error.is_outcome_unknown(), "{error}");
    chain.stop().await;
}

/// A read has no effect, so it can be retried while the owner fails.
#[tokio::test]
async fn a_read_of_a_failing_owner_is_retryable() {
    for status in [408, 500, 502, 504] {
        let owner = Server::start(move |_, _| answer(status, "{}"));
        let chain = Chain::start(owner.url(), 2).await;
        let refused = Request::new("GET", "/gm/projects/1")
            .send(chain.address())
            .await
            .unwrap();
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, Some("1")),
            "{status}"
        );
        chain.stop().await;
    }
}

/// A caller behind the gateway can't mend the gateway's token.
#[tokio::test]
async fn an_owner_that_refuses_the_gateways_token_is_not_retryable() {
    for status in [401, 405, 415] {
        let owner = Server::start(move |_, _| answer(status, "{}"));
        let chain = Chain::start(owner.url(), 1).await;
        for request in [
            Request::new("GET", "/gm/projects/1"),
            Request::new("PATCH", "/gm/projects/1").json("{}"),
        ] {
            let refused = request.send(chain.address()).await.unwrap();
            assert_eq!(
                (refused.status, refused.header("retry-after")),
                (500, None),
                "{status} {request:?}"
            );
        }
        chain.stop().await;
    }
}
