//! Requests for an upgrade on routes without a websocket are ordinary requests (RFC 9110, 7.8).

use gm_tests::raw::{Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::connections::exchange;
use crate::{QUERY, assert_alive, serve};

const WEBSOCKET: &str = "Host: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n";

/// The client keeps its side open, and the service closes the connection after the response.
async fn answer(service: &gm_tests::conformance::Running, bytes: &[u8]) -> Response {
    let answer = exchange(service.address, bytes).await;
    let response = Response::parse(answer.as_bytes()).unwrap();
    assert_eq!(response.header("connection"), Some("close"), "{answer}");
    // The client receives the whole response before the connection is closed.
    let length = response.header("content-length").map(str::parse);
    assert_eq!(length, Some(Ok(response.body.len())), "{answer}");
    assert!(
        answer.ends_with('}') && answer.matches("HTTP/1.1 ").count() == 1,
        "{answer}"
    );
    response
}

#[tokio::test]
async fn a_body_has_the_declared_length() {
    let service = serve().await;
    let body = r#"{"page_size": 3, "page": 1}"#;
    let head = format!("POST {QUERY} HTTP/1.1\r\n{WEBSOCKET}");
    for (rest, status, rows) in [
        (format!("Content-Length: {}\r\n\r\n{body}", body.len()), 200, 3),
        // Later bytes do not belong to the body.
        (
            format!(
                "Content-Length: {}\r\n\r\n{body}GET / HTTP/1.1\r\n\r\n",
                body.len()
            ),
            200,
            3,
        ),
        ("\r\n".to_owned(), 200, 10),
        (
            "Content-Length: 0\r\nContent-Type: text/plain\r\n\r\nGET / HTTP/1.1\r\n\r\n".to_owned(),
            200,
            10,
        ),
        ("Content-Length: 5\r\n\r\n{\"pag".to_owned(), 400, 0),
        ("Content-Length: 99999999\r\n\r\n{}".to_owned(), 413, 0),
    ] {
        let response = answer(&service, format!("{head}{rest}").as_bytes()).await;
        assert_eq!(response.status, status, "{rest}");
        assert_eq!(
            response.json()["items"].as_array().map_or(0, Vec::len),
            rows,
            "{rest}"
        );
    }
    for (method, path, status) in [
        ("GET", "projects/1", 200),
        ("DELETE", "projects/12", 200),
        ("POST", "projects", 400),
        ("PATCH", "projects/1", 200),
        ("PUT", "projects/1", 405),
    ] {
        let bytes = format!("{method} /internal/gm/{path} HTTP/1.1\r\n{WEBSOCKET}\r\n");
        assert_eq!(
            answer(&service, bytes.as_bytes()).await.status,
            status,
            "{method}"
        );
    }
    let restore = Request::new("POST", "/internal/gm/projects").json(r#"{"name": "a", "status": "b"}"#);
    assert_eq!(restore.send(service.address).await.unwrap().status, 201);
    assert_alive(service).await;
}

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_refused() {
    let service = serve().await;
    let mut connection = TcpStream::connect(service.address).await.unwrap();
    let bytes = format!("POST {QUERY} HTTP/1.1\r\n{WEBSOCKET}Content-Length: 9\r\n\r\n{{}}");
    connection.write_all(bytes.as_bytes()).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let response = Response::parse(&answer).unwrap();
    assert_eq!(response.status, 400);
    assert!(response.json()["details"].to_string().contains("too early"));
    assert_alive(service).await;
}
