//! A client that sends many requests of [`raw`](crate::raw) over one connection.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::raw::{Request, Response};

/// Sends requests over one connection while the service keeps it open, and then over a new one.
#[derive(Debug)]
pub struct KeepAlive {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl KeepAlive {
    /// The first request opens the connection.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
        }
    }

    /// Sends a request and reads the response to it.
    ///
    /// # Errors
    /// If a connection that was opened for this request ends before the whole response has arrived.
    pub async fn send(&mut self, request: &Request) -> io::Result<Response> {
        if let Some(connection) = self.connection.take() {
            // The service may have closed an idle connection. Only a new one must give a response.
            if let Ok(response) = self.exchange(connection, request).await {
                return Ok(response);
            }
        }
        let connection = TcpStream::connect(self.address).await?;
        connection.set_nodelay(true)?;
        self.exchange(BufReader::new(connection), request).await
    }

    /// Sends a request once, and reads the response to it. So a write is not carried out twice.
    ///
    /// # Errors
    /// If the connection ends before the whole response has arrived. The request may have arrived.
    pub async fn send_once(&mut self, request: &Request) -> io::Result<Response> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let connection = TcpStream::connect(self.address).await?;
                connection.set_nodelay(true)?;
                BufReader::new(connection)
            }
        };
        self.exchange(connection, request).await
    }

    async fn exchange(
        &mut self,
        mut connection: BufReader<TcpStream>,
        request: &Request,
    ) -> io::Result<Response> {
        // A refusal may arrive before the whole request is sent.
        let _ = connection.write_all(&request.to_bytes("keep-alive")).await;
        let mut head = Vec::new();
        // 100 Continue is no final response.
        while head.is_empty() || head.starts_with(b"HTTP/1.1 100 ") {
            head.clear();
            while !head.ends_with(b"\r\n\r\n") {
                if connection.read_until(b'\n', &mut head).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        let mut response = Response::parse(&head)?;
        let length = response.header("content-length").map(str::parse);
        match length {
            _ if request.method == "HEAD" => {}
            Some(Ok(length)) => {
                response.body = vec![0; length];
                connection.read_exact(&mut response.body).await?;
            }
            _ => {
                connection.read_to_end(&mut response.body).await?;
                return Ok(response);
            }
        }
        let closes = response.header("connection") == Some("close");
        if !closes && !may_change_connection(request) {
            self.connection = Some(connection);
        }
        Ok(response)
    }
}

/// Whether the connection may end, or change its protocol, after this request.
fn may_change_connection(request: &Request) -> bool {
    let names = ["connection", "expect", "transfer-encoding", "upgrade"];
    request.method == "CONNECT"
        || request
            .headers
            .iter()
            .any(|(name, _)| names.iter().any(|other| name.eq_ignore_ascii_case(other)))
}
