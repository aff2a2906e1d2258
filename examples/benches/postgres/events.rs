//! The time from a commit in one process to its event in another.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_postgres::{AsyncMessage, NoTls};

use crate::cases;
use crate::load::{self, Connection};
use crate::service::Programs;

pub(crate) const NAME: &str = "commit to event";

/// The measured creates, and the pause between two of them.
const CREATES: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(2);

/// The event of a created row, and the time at which it came.
type Received = mpsc::Receiver<(i64, Instant)>;

/// Prints the time from the response to a create by a replica until its event has come: to a bare listener, and to a subscriber of
/// another replica.
pub(crate) fn measure(programs: &Programs, url: &str, is_available: impl Fn(&str) -> bool) -> String {
    let mut table = format!(
        "{NAME} in another process, µs from the response\n  {:<28} {:>8} {:>8} {:>8} {:>8}\n",
        "", "p50", "p99", "p50", "p99"
    );
    let mut row = |writer: &str, name: &str, received: &dyn Fn() -> Received| {
        let process = programs.start(writer, url);
        let idle = latencies(process.address(), received(), false);
        let busy = latencies(process.address(), received(), true);
        table += &format!(
            "  {name:<28} {:>8.0} {:>8.0} {:>8.0} {:>8.0}\n",
            idle.0, idle.1, busy.0, busy.1
        );
    };
    row("by-hand", "by-hand to NOTIFY alone", &|| listen(url));
    if is_available("generated") {
        row("generated", "generated to NOTIFY alone", &|| listen(url));
        let other = programs.start("generated", url);
        let address = other.address();
        row("generated", "generated to a subscriber", &|| subscribe(address));
    }
    table
}

/// The median and the 99th percentile in microseconds, alone or during the writes of 32 writers.
fn latencies(writer: SocketAddr, received: Received, busy: bool) -> (f64, f64) {
    let ends = AtomicBool::new(false);
    let responses = thread::scope(|scope| {
        if busy {
            scope.spawn(|| {
                let create = [cases::create("Project Omega")];
                while !ends.load(Ordering::Relaxed) {
                    load::run(writer, &create, 32, Duration::from_millis(100));
                }
            });
        }
        let responses = create_each(writer);
        ends.store(true, Ordering::Relaxed);
        responses
    });
    let mut missing = responses.len();
    let mut latencies = Vec::with_capacity(missing);
    for (id, at) in received {
        if let Some(response) = responses.get(&id) {
            // An event may come before the response.
            let before = response.saturating_duration_since(at).as_secs_f64();
            latencies.push((at.saturating_duration_since(*response).as_secs_f64() - before) * 1e6);
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }
    assert_eq!(missing, 0, "an event is lost");
    latencies.sort_by(f64::total_cmp);
    (
        latencies[latencies.len() / 2],
        latencies[latencies.len() * 99 / 100],
    )
}

/// The times of the responses, by the created rows.
fn create_each(writer: SocketAddr) -> HashMap<i64, Instant> {
    let create = cases::create("Project Alpha");
    load::runtime().block_on(async {
        let mut connection = Connection::open(writer).await;
        let mut responses = HashMap::new();
        for _ in 0..CREATES {
            tokio::time::sleep(PAUSE).await;
            let body = connection.exchange(&create).await;
            let at = Instant::now();
            responses.insert(id(body, r#""id":"#), at);
        }
        responses
    })
}

/// The first number behind this text.
fn id(bytes: &[u8], before: &str) -> i64 {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let begin = text.find(before).expect("an id") + before.len();
    let number = text[begin..].trim_start_matches(|next: char| !next.is_ascii_digit());
    let end = number
        .find(|next: char| !next.is_ascii_digit())
        .unwrap_or(number.len());
    number[..end].parse().expect("a number")
}

/// The events that a connection of its own receives by LISTEN.
fn listen(url: &str) -> Received {
    let (sender, received) = mpsc::channel();
    let (ready, is_ready) = mpsc::channel();
    let url = url.to_owned();
    thread::spawn(move || {
        load::runtime().block_on(async {
            let (client, mut driver) = tokio_postgres::connect(&url, NoTls)
                .await
                .expect("the server accepts");
            let mut listening = Box::pin(client.batch_execute("LISTEN gm"));
            let mut listens = false;
            loop {
                tokio::select! {
                    result = &mut listening, if !listens => {
                        result.expect("LISTEN");
                        listens = true;
                        let _ = ready.send(());
                    }
                    message = poll_fn(|context| driver.poll_message(context)) => match message {
                        Some(Ok(AsyncMessage::Notification(notification))) => {
                            let at = Instant::now();
                            let id = id(notification.payload().as_bytes(), r#""k":"#);
                            if sender.send((id, at)).is_err() {
                                return;
                            }
                        }
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                }
            }
        });
    });
    is_ready.recv().expect("it listens");
    received
}

/// The events that a subscriber of a service receives.
fn subscribe(address: SocketAddr) -> Received {
    const HANDSHAKE: &str = "GET /internal/gm/ws/projects HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: gm-events-1\r\n\r\n";
    let (sender, received) = mpsc::channel();
    let (ready, is_ready) = mpsc::channel();
    thread::spawn(move || {
        load::runtime().block_on(async {
            let mut socket = TcpStream::connect(address).await.expect("the service accepts");
            socket
                .write_all(HANDSHAKE.as_bytes())
                .await
                .expect("the service reads");
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                bytes.push(socket.read_u8().await.expect("a response"));
            }
            assert!(
                bytes.starts_with(b"HTTP/1.1 101"),
                "{}",
                String::from_utf8_lossy(&bytes)
            );
            let _ = ready.send(());
            bytes.clear();
            loop {
                while let Some((header, length)) = frame(&bytes) {
                    let at = Instant::now();
                    // A ping is no text.
                    if bytes[0] == 0x81 && sender.send((id(&bytes[header..length], r#""id":"#), at)).is_err()
                    {
                        return;
                    }
                    bytes.drain(..length);
                }
                if socket.read_buf(&mut bytes).await.is_ok_and(|read| read == 0) {
                    return;
                }
            }
        });
    });
    is_ready.recv().expect("it subscribes");
    received
}

/// The lengths of the first frame's header and of the whole frame, once it is complete. Frames of a server have no mask.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (header, length) = match bytes.get(1)? {
        126 => (4, u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]).into()),
        127 => panic!("a frame of more than 64 KiB"),
        length => (2, usize::from(*length)),
    };
    (bytes.len() >= header + length).then_some((header, header + length))
}
