//! The owner's end of a websocket, which the test controls frame by frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_http::ws::hash_key;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

/// The response to a websocket's handshake.
#[derive(Clone, Debug)]
pub(crate) enum Handshake {
    /// 101, with the protocol `gm-events-1` if `guaranteed`.
    Accept { guaranteed: bool },
    /// This HTTP status.
    Refuse(u16),
}

/// Accepts websockets under the control of the test.
pub(crate) struct Listener {
    tcp: TcpListener,
}

/// One open websocket.
pub(crate) struct Peer {
    /// The first line of the request, and its headers.
    pub(crate) request: String,
    writer: Arc<Mutex<OwnedWriteHalf>>,
    answers_pings: Arc<AtomicBool>,
    pings: mpsc::UnboundedReceiver<Vec<u8>>,
    /// Ends when the consumer closes the connection.
    closed: mpsc::Receiver<()>,
}

impl Listener {
    pub(crate) async fn open() -> Self {
        Self {
            tcp: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.tcp.local_addr().unwrap())
    }

    /// Accepts the next websocket, with guaranteed events.
    pub(crate) async fn accept(&self) -> Peer {
        self.answer(Handshake::Accept { guaranteed: true }).await.unwrap()
    }

    /// Answers the next handshake.
    pub(crate) async fn answer(&self, handshake: Handshake) -> Option<Peer> {
        let (mut stream, _) = self.tcp.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = head(&mut stream).await;
        let key = request
            .lines()
            .find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("sec-websocket-key")
                    .then(|| value.trim())
            })
            .unwrap()
            .to_owned();
        let answer = match handshake {
            Handshake::Refuse(status) => {
                let answer = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                return None;
            }
            Handshake::Accept { guaranteed } => {
                let accept = hash_key(key.as_bytes());
                let protocol = if guaranteed {
                    "sec-websocket-protocol: gm-events-1\r\n"
                } else {
                    ""
                };
                format!(
                    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
                     sec-websocket-accept: {}\r\n{protocol}\r\n",
                    std::str::from_utf8(&accept).unwrap()
                )
            }
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        Some(Peer::new(request, stream))
    }
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

impl Peer {
    fn new(request: String, stream: TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        let writer = Arc::new(Mutex::new(writer));
        let answers_pings = Arc::new(AtomicBool::new(true));
        let (ping, pings) = mpsc::unbounded_channel();
        let (end, closed) = mpsc::channel(1);
        let (pongs, answers) = (Arc::clone(&writer), Arc::clone(&answers_pings));
        tokio::spawn(async move {
            let _end = end;
            listen(reader, ping, pongs, answers).await;
        });
        Self {
            request,
            writer,
            answers_pings,
            pings,
            closed,
        }
    }

    /// Sets whether pings are answered. They are by default.
    pub(crate) fn answer_pings(&self, answer: bool) {
        self.answers_pings.store(answer, Ordering::SeqCst);
    }

    /// The payload of the next ping.
    pub(crate) async fn ping(&mut self) -> Vec<u8> {
        self.pings.recv().await.unwrap()
    }

    /// The number of pings that [`ping`](Self::ping) has not returned yet.
    pub(crate) fn unread_pings(&self) -> usize {
        self.pings.len()
    }

    pub(crate) async fn text(&self, text: &str) {
        self.frame(0x1, text.as_bytes()).await;
    }

    pub(crate) async fn event(&self, action: &str, id: Option<i64>) {
        let identification = id.map(|id| serde_json::json!({"id": id}));
        let event = serde_json::json!({
            "protocol_version": "v1", "base_path": "/internal/gm", "resource_name": "things",
            "action": action, "identification": identification, "event_id": "1",
        });
        self.text(&event.to_string()).await;
    }

    pub(crate) async fn close(&self, code: u16) {
        self.frame(0x8, &code.to_be_bytes()).await;
    }

    pub(crate) async fn frame(&self, opcode: u8, payload: &[u8]) {
        write_frame(&self.writer, 0x80 | opcode, payload).await;
    }

    pub(crate) async fn send_bytes(&self, bytes: &[u8]) {
        // The consumer may have closed the connection already.
        let _ = self.writer.lock().await.write_all(bytes).await;
    }

    /// Waits until the consumer closes the connection.
    pub(crate) async fn closed(&mut self) {
        assert!(self.closed.recv().await.is_none());
    }
}

async fn write_frame(writer: &Mutex<OwnedWriteHalf>, first: u8, payload: &[u8]) {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(u8::try_from(length).unwrap()),
        length => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    let _ = writer.lock().await.write_all(&frame).await;
}

/// Reads the consumer's frames, which are short and masked.
async fn listen(
    mut reader: OwnedReadHalf,
    pings: mpsc::UnboundedSender<Vec<u8>>,
    writer: Arc<Mutex<OwnedWriteHalf>>,
    answers: Arc<AtomicBool>,
) {
    while let (Ok(first), Ok(second)) = (reader.read_u8().await, reader.read_u8().await) {
        let mut mask = [0; 4];
        let mut payload = vec![0; usize::from(second & 0x7f)];
        if reader.read_exact(&mut mask).await.is_err() || reader.read_exact(&mut payload).await.is_err() {
            return;
        }
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        match first & 0xf {
            0x9 => {
                if answers.load(Ordering::SeqCst) {
                    write_frame(&writer, 0x8a, &payload).await;
                }
                let _ = pings.send(payload);
            }
            0x8 => return,
            _ => {}
        }
    }
}
