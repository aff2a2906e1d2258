//! Random bytes, and connections that stay open or end early.

use std::net::SocketAddr;

use gm_tests::random::{self, Random};
use gm_tests::raw::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{QUERY, assert_alive, serve, serve_with_short_body_time};

/// Sends these bytes, and returns all bytes of the response.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    // The service may close before it has read everything.
    let _ = connection.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn random_bytes_are_refused_or_close_the_connection() {
    let service = serve().await;
    let mut random = Random::new(random::seed(1));
    for _ in 0..200 {
        let length = random.below(2000);
        let mut bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
        bytes.extend_from_slice(b"\r\n\r\n");
        let answer = exchange(service.address, &bytes).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_alive(service).await;
}

/// The head is valid, and the body is random bytes.
#[tokio::test]
async fn random_bodies_are_invalid_requests() {
    let service = serve().await;
    let mut random = Random::new(random::seed(2));
    for _ in 0..200 {
        let body: Vec<u8> = (0..=random.below(100)).map(|_| random.byte()).collect();
        let request = Request {
            body: Some(body),
            ..Request::new("POST", QUERY)
        };
        let response = request.send(service.address).await.unwrap();
        assert_eq!(response.json()["error_code"], "invalid_request");
    }
    assert_alive(service).await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_refused() {
    let service = serve_with_short_body_time().await;
    let head = format!("POST {QUERY} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{");
    let answer = exchange(service.address, head.as_bytes()).await;
    let response = Response::parse(answer.as_bytes()).unwrap();
    assert_eq!(response.status, 400);
    assert_eq!(response.json()["error_code"], "invalid_request");
    assert_alive(service).await;
}

#[tokio::test]
async fn connections_with_incomplete_requests_are_closed() {
    let service = serve_with_short_body_time().await;
    let mut incomplete = Vec::new();
    for _ in 0..100 {
        let mut connection = TcpStream::connect(service.address).await.unwrap();
        connection
            .write_all(format!("POST {QUERY} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n").as_bytes())
            .await
            .unwrap();
        incomplete.push(connection);
    }
    for connection in &mut incomplete {
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        assert_eq!(Response::parse(&answer).unwrap().status, 400);
    }
    assert_alive(service).await;
}

#[tokio::test]
async fn a_request_whose_connection_ends_in_its_body_has_no_effect() {
    let service = serve().await;
    for _ in 0..50 {
        let mut connection = TcpStream::connect(service.address).await.unwrap();
        let head = "POST /internal/gm/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"name\":";
        connection.write_all(head.as_bytes()).await.unwrap();
    }
    assert_alive(service).await;
}
