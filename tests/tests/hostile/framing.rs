//! Requests whose length can be read in two ways. Behind a proxy that reads it otherwise, the body of one caller would be the request
//! of another one (RFC 9112, 11.2).

use super::connections::exchange;
use crate::{QUERY, assert_alive, serve};

#[tokio::test]
async fn an_ambiguous_length_is_refused_with_its_connection() {
    let service = serve().await;
    let body = "0\r\n\r\nGET /internal/gm/projects/1 HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = body.len();
    let headers = [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
        format!("Content-Length: {length}\r\nTransfer-Encoding : chunked"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: xchunked"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: identity"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: gzip, chunked"),
        format!("Content-Length: {length}\r\nTransfer-Encoding:\r\n chunked"),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity".to_owned(),
        format!("Content-Length: 0\r\nContent-Length: {length}"),
        format!("Content-Length: 0, {length}"),
        format!("Content-Length: +{length}"),
        "Content-Length: -1".to_owned(),
        "Content-Length: 0x5".to_owned(),
        format!("Content-Length\0: {length}"),
    ];
    for headers in headers {
        let request = format!("POST {QUERY} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}");
        let answer = exchange(service.address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{headers:?} {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers:?} {answer}");
    }
    assert_alive(service).await;
}
