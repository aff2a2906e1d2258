//! OAuth 2 client credentials (RFC 6749, 4.4), against a token endpoint that the test controls.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use gm_runtime::client::{ClientAuthentication, ClientCredentials};
use gm_runtime::error::CredentialError;
use gm_runtime::{Error, Gm};
use gm_tests::clock::TestClock;

use crate::managers::RemoteProject;
use crate::server::{Answer, Request, Server, json, rows, with_headers};

const TOKEN: &str = "/oauth2/token";

/// An owner, and a token endpoint with this answer to each request, by its number from 0.
fn start(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
    let granted = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |request, _| {
        if request.path.starts_with(TOKEN) {
            return answer(granted.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        }
        rows(r#"[{"id": 1, "name": "a", "status": "b"}]"#)
    })
}

fn grant(number: usize) -> Answer {
    json(
        200,
        &format!(r#"{{"access_token": "token-{number}", "token_type": "bearer", "expires_in": 900}}"#),
    )
}

fn client(server: &Server) -> ClientCredentials {
    ClientCredentials::new(format!("{}{TOKEN}", server.url()), "billing:eu", "s3cr3t +&%")
}

fn of_path(server: &Server, path: &str) -> Vec<Request> {
    let requests = server.requests().into_iter();
    requests
        .filter(|request| request.path.starts_with(path))
        .collect()
}

#[tokio::test]
async fn a_token_is_requested_once_and_before_its_end_again() {
    let server = start(grant);
    let clock = Arc::new(TestClock::default());
    let credentials = client(&server)
        .scope("projects.read")
        .parameter("audience", "a&b");
    let builder = server
        .builder()
        .credentials(credentials)
        .cache_clock(clock.clone());
    let gm = builder.build().await.unwrap();
    for _ in 0..3 {
        RemoteProject::get(&gm, 1).fresh().await.unwrap();
    }
    let tokens = of_path(&server, TOKEN);
    let [token] = tokens.as_slice() else {
        panic!("{tokens:?}")
    };
    assert_eq!(token.method, "POST");
    assert_eq!(
        token.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let pair = base64::engine::general_purpose::STANDARD.encode("billing%3Aeu:s3cr3t+%2B%26%25");
    assert_eq!(
        token.header("authorization"),
        Some(format!("Basic {pair}").as_str())
    );
    assert_eq!(
        token.body,
        "grant_type=client_credentials&scope=projects.read&audience=a%26b"
    );
    let reads = of_path(&server, "/internal");
    assert!(
        reads
            .iter()
            .all(|read| read.header("authorization") == Some("Bearer token-0"))
    );
    clock.advance(Duration::from_secs(900));
    RemoteProject::get(&gm, 1).fresh().await.unwrap();
    let reads = of_path(&server, "/internal");
    assert_eq!(
        reads.last().unwrap().header("authorization"),
        Some("Bearer token-1")
    );
}

#[tokio::test]
async fn the_client_may_authenticate_in_the_body() {
    let server = start(grant);
    let credentials = client(&server).authentication(ClientAuthentication::Body);
    let gm = server.builder().credentials(credentials).build().await.unwrap();
    RemoteProject::get(&gm, 1).await.unwrap();
    let [token] = &of_path(&server, TOKEN)[..] else {
        panic!()
    };
    assert_eq!(token.header("authorization"), None);
    assert_eq!(
        token.body,
        "grant_type=client_credentials&client_id=billing%3Aeu&client_secret=s3cr3t+%2B%26%25"
    );
}

#[tokio::test]
async fn a_token_endpoint_that_is_briefly_unavailable_is_asked_again() {
    let server = start(|number| match number {
        0 => with_headers(503, "retry-after: 0\r\n", "busy"),
        1 => Answer::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
        number => grant(number),
    });
    let gm = server
        .builder()
        .credentials(client(&server))
        .build()
        .await
        .unwrap();
    RemoteProject::get(&gm, 1).await.unwrap();
    assert_eq!(of_path(&server, TOKEN).len(), 3);
}

type Expected = fn(&CredentialError) -> bool;

#[tokio::test]
async fn a_bad_answer_is_a_typed_error_that_shows_nothing_of_it() {
    let malformed: Expected = |error| matches!(error, CredentialError::Malformed(_));
    let too_large: Expected = |error| matches!(error, CredentialError::Transport(_));
    let body = |body: &str| (200, body.to_owned());
    let token = |more: &str| body(&format!(r#"{{"access_token": "s3cr3t", {more}}}"#));
    let answers: Vec<((u16, String), Expected)> = vec![
        (
            (
                401,
                r#"{"error": "invalid_client", "error_description": "s3cr3t"}"#.to_owned(),
            ),
            |error| {
                matches!(
                    error,
                    CredentialError::Refused {
                        status: 401,
                        code: Some("invalid_client")
                    }
                )
            },
        ),
        // A server may echo what it received.
        ((400, r#"{"error": "s3cr3t"}"#.to_owned()), |error| {
            matches!(
                error,
                CredentialError::Refused {
                    status: 400,
                    code: None
                }
            )
        }),
        ((302, String::new()), |error| {
            matches!(error, CredentialError::Refused { status: 302, .. })
        }),
        ((500, "<html>s3cr3t".to_owned()), |error| {
            matches!(error, CredentialError::Refused { status: 500, .. })
        }),
        (body(""), malformed),
        (body("s3cr3t"), malformed),
        (body(r#"["s3cr3t"]"#), malformed),
        (body(r#"{"access_token": 7, "token_type": "bearer"}"#), malformed),
        (body(&"[".repeat(10_000)), malformed),
        (token(r#""token_type": "mac""#), malformed),
        (token(r#""expires_in": 900"#), malformed),
        (
            token(r#""token_type": "bearer", "expires_in": "soon""#),
            malformed,
        ),
        (token(r#""token_type": "bearer", "expires_in": -1"#), malformed),
        (token(r#""token_type": "bearer", "expires_in": 1e300"#), malformed),
        (token(r#""token_type": "bearer", "expires_in": 0"#), |error| {
            matches!(error, CredentialError::Ended)
        }),
        (
            body(r#"{"access_token": "s3cr3t\n", "token_type": "bearer"}"#),
            |error| matches!(error, CredentialError::InvalidToken),
        ),
        (body(&" ".repeat(70_000)), too_large),
    ];
    for ((status, body), expected) in answers {
        let shown = body.chars().take(80).collect::<String>();
        let server = start(move |_| json(status, &body));
        let gm = server
            .builder()
            .credentials(client(&server))
            .build()
            .await
            .unwrap();
        let error = RemoteProject::get(&gm, 1).await.unwrap_err();
        match &error {
            Error::Credential(error) => assert!(expected(error), "{shown}: {error:?}"),
            error => panic!("{shown}: {error:?}"),
        }
        assert!(!format!("{error:?} {error}").contains("s3cr3t"), "{error:?}");
        assert!(of_path(&server, "/internal").is_empty());
    }
}

#[tokio::test]
async fn texts_and_fractions_of_seconds_are_understood() {
    for end in [r#""900""#, "900.5", "1e3"] {
        let answer =
            format!(r#"{{"access_token": "a", "token_type": "Bearer", "expires_in": {end}, "more": [1]}}"#);
        let server = start(move |_| json(200, &answer));
        let gm = server
            .builder()
            .credentials(client(&server))
            .build()
            .await
            .unwrap();
        RemoteProject::get(&gm, 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_endpoint_that_answers_too_slowly_ends_in_time() {
    let server = start(|_| Answer::Stall(Vec::new()));
    let builder = server.builder().credentials(client(&server));
    let gm = builder
        .credential_time_limit(Duration::from_millis(50))
        .build()
        .await
        .unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    assert!(
        matches!(&error, Error::Credential(error) if matches!(**error, CredentialError::Timeout(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_unsafe_or_incomplete_token_endpoint_is_refused() {
    let of = |url: &str| ClientCredentials::new(url, "billing", "s3cr3t");
    for (credentials, message) in [
        (of("login.example.com"), "not a URL"),
        (of("ftp://login.example.com/token"), "neither http nor https"),
        (of("http://login.example.com/token"), "allow_plain_http"),
        (
            of("https://user:s3cr3t@login.example.com/token"),
            "arguments of `new`",
        ),
        (of("https://login.example.com/token#s3cr3t"), "fragment"),
        (
            ClientCredentials::new("https://login.example.com/token", "", "s3cr3t"),
            "id",
        ),
    ] {
        assert!(!format!("{credentials:?}").contains("s3cr3t"));
        let error = Gm::builder().credentials(credentials).build().await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(message) && !shown.contains("s3cr3t"), "{shown}");
    }
    for allowed in [
        of("https://login.example.com/token?policy=a"),
        of("http://localhost:8080/token"),
        of("http://[::1]/token"),
        of("http://login.example.com/token").allow_plain_http(),
    ] {
        Gm::builder().credentials(allowed).build().await.unwrap();
    }
}
