//! The load generator. Each connection sends its next request after the response to the last one. It uses raw sockets, since its
//! own time hides the differences between the services.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The bytes of a request.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// The place of an idempotency key, which is another one each time the request is sent.
    key: Option<(Range<usize>, Keys)>,
}

/// The order of idempotency keys.
#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
#[derive(Clone, Copy)]
pub(crate) enum Keys {
    /// They begin with the time, as those of the client do: UUIDs of version 7.
    ByTime,
    /// They are in no order.
    Random,
}

/// The characters of a key.
const KEY: usize = 36;

/// The number of the next key.
static NEXT_KEY: AtomicU64 = AtomicU64::new(0);

impl Keys {
    /// The next key.
    fn next(self) -> String {
        let number = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        let beginning = match self {
            Self::ByTime => time.expect("a time after 1970").as_millis(),
            Self::Random => number.wrapping_mul(0x9e37_79b9_7f4a_7c15).into(),
        };
        // 48 bits, which are the milliseconds.
        let (high, low) = ((beginning >> 16) & 0xffff_ffff, beginning & 0xffff);
        format!("{high:08x}-{low:04x}-7000-8000-{number:012x}")
    }
}

impl Request {
    pub(crate) fn get(id: i64) -> Self {
        Self::new(&format!(
            "GET /internal/gm/projects/{id} HTTP/1.1\r\nhost: localhost\r\nx-general-manager-protocol-version: v1\r\n\r\n"
        ))
    }

    pub(crate) fn query(body: &str) -> Self {
        Self::with_body("POST", "/query", body)
    }

    pub(crate) fn create(body: &str) -> Self {
        Self::with_body("POST", "", body)
    }

    pub(crate) fn update(id: i64, body: &str) -> Self {
        Self::with_body("PATCH", &format!("/{id}"), body)
    }

    /// The request with another header.
    #[allow(
        dead_code,
        reason = "a module of several benchmarks, of which each uses a part"
    )]
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        let headers = self.headers();
        let header = format!("{name}: {value}\r\n");
        self.bytes.splice(headers..headers, header.into_bytes());
        self
    }

    /// The request with an idempotency key, which is another one each time it is sent.
    #[allow(
        dead_code,
        reason = "a module of several benchmarks, of which each uses a part"
    )]
    pub(crate) fn with_new_keys(self, keys: Keys) -> Self {
        const NAME: &str = "idempotency-key";
        let begin = self.headers() + NAME.len() + ": ".len();
        Self {
            key: Some((begin..begin + KEY, keys)),
            ..self.with_header(NAME, &"0".repeat(KEY))
        }
    }

    /// The place of the first header.
    fn headers(&self) -> usize {
        let request_line = self.bytes.windows(2).position(|window| window == b"\r\n");
        request_line.expect("a request line") + 2
    }

    fn new(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            key: None,
        }
    }

    /// Writes the bytes to send.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes);
        if let Some((place, keys)) = &self.key {
            out[place.clone()].copy_from_slice(keys.next().as_bytes());
        }
    }

    fn with_body(method: &str, path: &str, body: &str) -> Self {
        Self::new(&format!(
            "{method} /internal/gm/projects{path} HTTP/1.1\r\nhost: localhost\r\nx-general-manager-protocol-version: v1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the service accepts");
        stream.set_nodelay(true).expect("a TCP socket");
        Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        }
    }

    /// The position of the response's body in the buffer, which ends with the body.
    async fn send(&mut self, request: &Request) -> usize {
        self.buffer.clear();
        request.write(&mut self.buffer);
        self.stream
            .write_all(&self.buffer)
            .await
            .expect("the service reads");
        self.buffer.clear();
        let (begin, length) = loop {
            self.receive().await;
            if let Some(head) = Head::parse(&self.buffer) {
                break head;
            }
        };
        while self.buffer.len() < begin + length {
            self.receive().await;
        }
        begin
    }

    /// The body of the response to this request.
    pub(crate) async fn exchange(&mut self, request: &Request) -> &[u8] {
        let begin = self.send(request).await;
        &self.buffer[begin..]
    }

    async fn receive(&mut self) {
        let read = self
            .stream
            .read_buf(&mut self.buffer)
            .await
            .expect("the service answers");
        assert!(read > 0, "the service closed the connection");
    }
}

struct Head;

impl Head {
    /// The position and the length of the body, once the head is complete.
    fn parse(bytes: &[u8]) -> Option<(usize, usize)> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).expect("a head in ASCII");
        assert!(head.starts_with("HTTP/1.1 20"), "{head}");
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .expect("a content-length");
        Some((end + 4, length))
    }
}

/// The body of the response to one request.
pub(crate) fn once(address: SocketAddr, request: &Request) -> Vec<u8> {
    runtime().block_on(async {
        let mut connection = Connection::open(address).await;
        connection.exchange(request).await.to_vec()
    })
}

/// The number of responses to these requests in this time, on this many connections.
pub(crate) fn run(address: SocketAddr, requests: &[Request], connections: usize, time: Duration) -> u64 {
    runtime().block_on(async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await);
        }
        let end = Instant::now() + time;
        let answered = open
            .into_iter()
            .enumerate()
            .map(|(place, mut connection)| async move {
                let mut answered = 0;
                // The stride is coprime to the number of requests, so all of them are sent, far from each other.
                let mut next = place * 7_919;
                while Instant::now() < end {
                    connection.send(&requests[next % requests.len()]).await;
                    next += 4_001;
                    answered += 1;
                }
                answered
            });
        futures_util::future::join_all(answered).await.into_iter().sum()
    })
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
