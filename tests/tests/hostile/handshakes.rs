//! Refusals on the routes of websockets are the same as on other routes.

use futures_util::future::join_all;
use gm_tests::conformance::TOKEN;
use gm_tests::raw::{Request, Response};
use gm_tests::websocket::{Socket, handshake};

use crate::connections::exchange;
use crate::{assert_alive, serve};

const PATHS: [&str; 3] = [
    "/internal/gm/ws/projects",
    "/internal/gm/ws/projects/",
    "/internal/gm/ws/nothing",
];

/// The response. The service closes the connection after it, although the caller keeps its side open.
async fn answer(service: &gm_tests::conformance::Running, bytes: String) -> Response {
    let answer = exchange(service.address, bytes.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    Response::parse(answer.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_long_url_is_refused() {
    let service = serve().await;
    for path in PATHS {
        let long = format!("{path}?version=v1&x={}", "x".repeat(8 * 1024));
        let plain = Request::new("GET", &long).send(service.address).await.unwrap();
        assert_eq!(
            (plain.status, &plain.json()["error_code"]),
            (400, &"invalid_request".into()),
            "{path}"
        );
        let (upgrade, _) = Socket::open(service.address, &handshake(&long)).await.unwrap();
        assert_eq!(upgrade.status, 400, "{path}");
        let post = Request::new("POST", &long).send(service.address).await.unwrap();
        assert_eq!(post.status, 400, "{path}");
    }
    let short = format!("/internal/gm/ws/projects?version=v1&x={}", "x".repeat(7 * 1024));
    let (upgrade, _socket) = Socket::open(service.address, &handshake(&short)).await.unwrap();
    assert_eq!(upgrade.status, 101);
    assert_alive(service).await;
}

/// The bodies end within a chunk, or without the last chunk.
#[tokio::test]
async fn a_body_that_does_not_end_closes_the_connection() {
    let service = serve().await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let mut answers = Vec::new();
    for path in PATHS {
        let known = !path.ends_with("nothing");
        for (method, headers, status) in [
            ("GET", "", if known { 400 } else { 404 }),
            ("POST", "", 405),
            ("PUT", "Content-Type: text/plain\r\n", 405),
            ("GET", upgrade, 400),
            ("POST", upgrade, 405),
        ] {
            for body in ["5\r\nab", "", "3\r\nabc\r\n"] {
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{headers}\
                     Transfer-Encoding: chunked\r\n\r\n{body}"
                );
                let service = &service;
                answers.push(async move {
                    let response = answer(service, head).await;
                    assert_eq!(response.status, status, "{method} {path} {headers}");
                    assert!(response.header("x-request-id").is_some());
                });
            }
        }
    }
    join_all(answers).await;
    assert_alive(service).await;
}

#[tokio::test]
async fn a_handshake_with_a_body_is_refused() {
    let service = serve().await;
    let path = "/internal/gm/ws/projects";
    let with_body = handshake(path).header("Content-Length", "5");
    let (response, _) = Socket::open(service.address, &with_body).await.unwrap();
    assert_eq!(response.status, 400);
    let empty = handshake(path).header("Content-Length", "0");
    let (response, mut socket) = Socket::open(service.address, &empty).await.unwrap();
    assert_eq!(response.status, 101);
    assert_eq!(socket.pending().await.unwrap(), Vec::new());
    assert_alive(service).await;
}
