//! An owner with constant responses on raw sockets, so that it is never the bottleneck.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::process::announce;

/// The responses to a GET, and to any other request.
struct Answers {
    row: Vec<u8>,
    page: Vec<u8>,
}

fn answer(rows: impl Iterator<Item = u64>, rest: &str) -> Vec<u8> {
    let items: Vec<String> = rows
        .map(|id| format!(r#"{{"id":{id},"name":"Project {id:05}","status":"active"}}"#))
        .collect();
    let body = format!(r#"{{"items":[{}],{rest}}}"#, items.join(","));
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nx-general-manager-protocol-version: v1\r\ncontent-type: application/json\r\nx-request-id: gm-1\r\ncache-control: no-store\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Serves until the process is stopped.
pub(crate) fn serve() {
    let answers = Arc::new(Answers {
        row: answer(
            1..=1,
            r#""metadata":{"protocol_version":"v1","request_id":"gm-1"}"#,
        ),
        page: answer(
            1..=50,
            r#""metadata":{"protocol_version":"v1","request_id":"gm-1","ordering":null,"page":1,"page_size":50},"total_count":5000"#,
        ),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        announce(listener.local_addr().expect("its address"));
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(connection(stream, Arc::clone(&answers)));
        }
    });
}

async fn connection(mut stream: TcpStream, answers: Arc<Answers>) {
    stream.set_nodelay(true).expect("a TCP socket");
    let mut received = Vec::with_capacity(4096);
    loop {
        // The peer may close the connection at any time.
        let Ok(1..) = stream.read_buf(&mut received).await else {
            return;
        };
        if !is_complete(&received) {
            continue;
        }
        let answer = if received.starts_with(b"GET") {
            &answers.row
        } else {
            &answers.page
        };
        if stream.write_all(answer).await.is_err() {
            return;
        }
        received.clear();
    }
}

/// Whether this is a complete request. There is at most one in progress.
fn is_complete(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = std::str::from_utf8(&bytes[..end]).expect("a head in ASCII");
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().expect("a length"));
    bytes.len() == end + 4 + length
}
