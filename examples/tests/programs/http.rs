//! Sends a request on a socket of its own, like any HTTP client.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// The status and the JSON body of the response. Null for a response without a body.
pub(crate) fn post(address: SocketAddr, path: &str, authorization: Option<&str>, body: &str) -> (u16, Value) {
    let authorization = authorization.map_or(String::new(), |value| format!("authorization: {value}\r\n"));
    let mut stream = TcpStream::connect(address).expect("the service accepts");
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len(),
    )
    .expect("the service reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the service answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head
        .split(' ')
        .nth(1)
        .expect("a status")
        .parse()
        .expect("a number");
    let body = match body {
        "" => Value::Null,
        body => serde_json::from_str(body).expect("a JSON body"),
    };
    (status, body)
}
