//! A websocket client that sends any frames, valid or not (RFC 6455).

use std::io;
use std::net::SocketAddr;

use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::raw::{Request, Response};

/// Opcode: text.
pub const TEXT: u8 = 0x1;
/// Opcode: close.
pub const CLOSE: u8 = 0x8;
/// Opcode: ping.
pub const PING: u8 = 0x9;
/// Opcode: pong.
pub const PONG: u8 = 0xa;

/// A received frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The opcode.
    pub opcode: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

/// An open websocket.
#[derive(Debug)]
pub struct Socket {
    connection: TcpStream,
}

impl Frame {
    /// The text as JSON. Null if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        match self.opcode {
            TEXT => serde_json::from_slice(&self.payload).unwrap_or_default(),
            _ => Json::Null,
        }
    }

    /// The close code of the frame.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        let code = self.payload.first_chunk().filter(|_| self.opcode == CLOSE)?;
        Some(u16::from_be_bytes(*code))
    }
}

/// A handshake for this path. A test may change it before sending.
#[must_use]
pub fn handshake(path: &str) -> Request {
    Request::new("GET", path)
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
}

impl Socket {
    /// Sends a handshake. Returns the response and the socket.
    ///
    /// # Errors
    /// If the connection fails, or the service sends no valid response.
    pub async fn open(address: SocketAddr, handshake: &Request) -> io::Result<(Response, Self)> {
        Self::open_on(TcpStream::connect(address).await?, handshake).await
    }

    /// The same with a small receive window, so that unread data soon waits at the sender.
    ///
    /// # Errors
    /// If the connection fails, or the service sends no valid response.
    pub async fn open_narrow(address: SocketAddr, handshake: &Request) -> io::Result<(Response, Self)> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(2048)?;
        Self::open_on(socket.connect(address).await?, handshake).await
    }

    async fn open_on(mut connection: TcpStream, handshake: &Request) -> io::Result<(Response, Self)> {
        connection.write_all(&handshake.to_bytes("Upgrade")).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await?);
        }
        Ok((Response::parse(&head)?, Self { connection }))
    }

    /// The next frame.
    ///
    /// # Errors
    /// If the connection ends or fails.
    pub async fn receive(&mut self) -> io::Result<Frame> {
        let opcode = self.connection.read_u8().await? & 0x0f;
        let length = match self.connection.read_u8().await? {
            126 => self.connection.read_u16().await?.into(),
            127 => self.connection.read_u64().await?,
            length => length.into(),
        };
        let mut payload = Vec::new();
        (&mut self.connection)
            .take(length)
            .read_to_end(&mut payload)
            .await?;
        Ok(Frame { opcode, payload })
    }

    /// The next frame that is not a ping.
    ///
    /// # Errors
    /// If the connection ends or fails.
    pub async fn receive_past_pings(&mut self) -> io::Result<Frame> {
        loop {
            let frame = self.receive().await?;
            if frame.opcode != PING {
                return Ok(frame);
            }
        }
    }

    /// The pending frames, which arrive before the answer to a ping.
    ///
    /// # Errors
    /// If the connection ends or fails.
    pub async fn pending(&mut self) -> io::Result<Vec<Frame>> {
        self.send(PING, b"pending").await?;
        let mut frames = Vec::new();
        loop {
            let frame = self.receive_past_pings().await?;
            if frame.opcode == PONG {
                return Ok(frames);
            }
            frames.push(frame);
        }
    }

    /// Sends a whole message in one masked frame.
    ///
    /// # Errors
    /// If the connection ends or fails.
    pub async fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        self.send_bytes(&frame(0x80 | opcode, payload.len() as u64, payload))
            .await
    }

    /// Sends bytes unchanged.
    ///
    /// # Errors
    /// If the connection ends or fails.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.connection.write_all(bytes).await
    }

    /// Waits for the end of the connection.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn ended(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        self.connection.read_to_end(&mut rest).await.map(drop)
    }
}

/// A masked frame with this first byte and this declared length.
#[must_use]
pub fn frame(first: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length <= 125 => bytes.push(0x80 | length),
        (_, Ok(length)) => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    bytes.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}
