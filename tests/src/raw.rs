//! HTTP/1.1 as bytes. Methods, paths and headers are sent unchanged, valid or not.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request that is sent unchanged.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path and query.
    pub path: String,
    /// The headers. Each character of a value is sent as one byte (Latin-1).
    pub headers: Vec<(String, String)>,
    /// The body. Without one, `Content-Length` is left out, too.
    pub body: Option<Vec<u8>>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body. Empty if there was none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: &str) -> Self {
        self.body = Some(body.as_bytes().to_vec());
        self.header("Content-Type", "application/json")
    }

    /// The bytes of the request.
    #[must_use]
    pub fn to_bytes(&self, connection: &str) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes: Vec<u8> = head
            .chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
            .collect();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// Sends the request over a new connection, and reads the whole response.
    ///
    /// # Errors
    /// If the connection fails, or the service sends no valid response.
    pub async fn send(&self, address: SocketAddr) -> io::Result<Response> {
        let mut connection = TcpStream::connect(address).await?;
        // A server that refuses a long body may close the connection before the whole body is sent.
        let _ = connection.write_all(&self.to_bytes("close")).await;
        let mut bytes = Vec::new();
        match connection.read_to_end(&mut bytes).await {
            Err(error) if bytes.is_empty() => return Err(error),
            _ => {}
        }
        Response::parse(&bytes)
    }
}

impl Response {
    /// Parses a response from all bytes of a connection.
    ///
    /// # Errors
    /// If it is not a valid response.
    pub fn parse(bytes: &[u8]) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "not an HTTP response");
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or_else(invalid)?;
        let (head, body) = bytes.split_at_checked(end + 4).ok_or_else(invalid)?;
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .ok_or_else(invalid)?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self {
            status,
            headers,
            body: body.to_vec(),
        })
    }

    /// The value of the header with this name, which must be in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON. Null if it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
