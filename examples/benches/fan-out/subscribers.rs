//! Many sockets that read frames on one thread, the same for both servers.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::process::Process;

/// The request that opens a subscription to a resource.
fn handshake(resource: &str, token: Option<String>) -> String {
    let authorization = token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    format!(
        "GET /internal/gm/ws/{resource} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: gm-events-1\r\n{authorization}\r\n"
    )
}

pub(crate) struct Subscribers {
    runtime: Runtime,
    sockets: Vec<TcpStream>,
    /// Sockets that stay open, and receive nothing.
    silent: Vec<TcpStream>,
    reading: Option<Reading>,
}

/// Tasks that read frames of one length, and report each of them.
struct Reading {
    read: mpsc::UnboundedReceiver<()>,
    count: usize,
}

impl Subscribers {
    /// Opens a socket for each of these handshakes. A raw socket has none.
    fn connected(address: SocketAddr, handshakes: impl Iterator<Item = Option<String>>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let mut sockets = Vec::new();
        runtime.block_on(async {
            for handshake in handshakes {
                let mut socket = TcpStream::connect(address).await.expect("the server accepts");
                if let Some(handshake) = handshake {
                    socket
                        .write_all(handshake.as_bytes())
                        .await
                        .expect("the server reads");
                    switched(&mut socket).await;
                }
                sockets.push(socket);
            }
        });
        Self {
            runtime,
            sockets,
            silent: Vec::new(),
            reading: None,
        }
    }

    /// Opens a subscription to the resource for each of these callers, which have a token or are anonymous.
    pub(crate) fn of_websocket(
        address: SocketAddr,
        resource: &str,
        callers: impl Iterator<Item = Option<String>>,
    ) -> Self {
        Self::connected(address, callers.map(|token| Some(handshake(resource, token))))
    }

    /// Opens this many sockets, which receive frames of this length.
    pub(crate) fn of_raw(address: SocketAddr, count: usize, frame: usize) -> Self {
        let mut subscribers = Self::connected(address, (0..count).map(|_| None));
        subscribers.read_frames(frame);
        subscribers
    }

    /// Only the last subscribers receive the events.
    pub(crate) fn that_receive(mut self, last: usize) -> Self {
        let receiving = self.sockets.split_off(self.sockets.len() - last);
        self.silent = std::mem::replace(&mut self.sockets, receiving);
        self
    }

    /// Makes the server send an event, and returns the length of its frame once all subscribers have read it.
    pub(crate) fn first_frame(&mut self, server: &mut Process) -> usize {
        server.tell("");
        let length = self.runtime.block_on(async {
            let mut frame = [0; 1024];
            let mut lengths = Vec::with_capacity(self.sockets.len());
            for socket in &mut self.sockets {
                lengths.push(socket.read(&mut frame).await.expect("the server writes"));
            }
            assert!(
                lengths.iter().all(|length| *length == lengths[0]),
                "a frame is one write"
            );
            // An unmasked text frame with a length of two bytes.
            assert_eq!(frame[..2], [0x81, 126]);
            assert_eq!(u16::from_be_bytes([frame[2], frame[3]]) as usize + 4, lengths[0]);
            lengths[0]
        });
        self.read_frames(length);
        length
    }

    fn read_frames(&mut self, length: usize) {
        let (sender, read) = mpsc::unbounded_channel();
        let count = self.sockets.len();
        for mut socket in self.sockets.drain(..) {
            let sender = sender.clone();
            self.runtime.spawn(async move {
                let mut frame = vec![0; length];
                // The server ends.
                while socket.read_exact(&mut frame).await.is_ok() && sender.send(()).is_ok() {}
            });
        }
        self.reading = Some(Reading { read, count });
    }

    /// Waits until every subscriber has read a frame.
    pub(crate) fn wait(&mut self) {
        let reading = self.reading.as_mut().expect("frames are read");
        self.runtime.block_on(async {
            for _ in 0..reading.count {
                reading.read.recv().await.expect("a frame");
            }
        });
    }
}

/// Reads the head of a response with status 101, and no byte behind it.
async fn switched(socket: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("an answer"));
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
}
