//! Subscribers, each of which holds a copy of one row true by the events.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gm_tests::random::Random;
use gm_tests::websocket::{CLOSE, PING, PONG, Socket, TEXT, handshake};

use super::Chaos;
use super::ledger::Row;
use super::replica::{Replica, pause};

/// Pings come each 20 seconds.
const SILENT: Duration = Duration::from_secs(60);

/// What a subscriber knew at the end.
pub(crate) struct Copy {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The ids of the events of each websocket, in order, if they were recorded.
    pub(crate) events: Vec<Vec<String>>,
}

struct Subscriber<'c> {
    chaos: &'c Chaos,
    replica: &'c Replica,
    random: Random,
    row: Arc<Row>,
    name: String,
    records: bool,
    events: Vec<Vec<String>>,
    is_counted: bool,
}

/// Watches one of the hot rows until the last write has been seen.
pub(crate) async fn watch(chaos: Arc<Chaos>, number: usize, records: bool) -> Copy {
    let mut random = Random::new(chaos.seed ^ (100_000 + number as u64));
    let mut subscriber = Subscriber {
        replica: &chaos.replicas[number % chaos.replicas.len()],
        row: chaos.ledger.hot(random.number()),
        chaos: &chaos,
        random,
        name: String::new(),
        records,
        events: Vec::new(),
        is_counted: false,
    };
    while !subscriber.session().await {
        pause(&mut subscriber.random).await;
        if subscriber.row.is_retired() {
            subscriber.row = chaos.ledger.hot(subscriber.random.number());
        }
    }
    Copy {
        id: subscriber.row.id,
        name: subscriber.name,
        events: subscriber.events,
    }
}

impl Subscriber<'_> {
    /// One websocket, until it ends or the last write is seen. Whether it is.
    async fn session(&mut self) -> bool {
        let request =
            handshake("/internal/gm/ws/projects?version=v1").header("Sec-WebSocket-Protocol", "gm-events-1");
        let opened = tokio::time::timeout(super::STUCK, Socket::open(self.replica.address, &request));
        let Ok((response, mut socket)) = opened.await.expect("an answer to the handshake") else {
            return false;
        };
        if response.status != 101 {
            // On a busy machine a request may take longer to arrive than its time limit.
            assert!(matches!(response.status, 408 | 503), "{}", response.status);
            return false;
        }
        self.events.push(Vec::new());
        // What changed before the websocket was open has no event.
        let mut is_stale = true;
        let mut may_be_last = true;
        loop {
            if is_stale && !self.read().await {
                return false;
            }
            if may_be_last && self.chaos.last_is_written.load(Ordering::SeqCst) {
                match self.replica.name(self.chaos.last.id).await {
                    None => return false,
                    // Events come in one order, so this one comes after every other.
                    Some(name) if name == "1" => return self.read().await,
                    Some(_) => {}
                }
            }
            if !self.is_counted {
                self.is_counted = true;
                self.chaos.ready.add_permits(1);
            }
            let frame = tokio::time::timeout(SILENT, socket.receive()).await;
            let Ok(frame) = frame.expect("a ping") else {
                return false;
            };
            match frame.opcode {
                PING if socket.send(PONG, &frame.payload).await.is_err() => return false,
                CLOSE => {
                    let code = frame.close_code();
                    assert!(matches!(code, Some(1001 | 1013)), "{code:?}");
                    return false;
                }
                TEXT => {
                    let event = frame.json();
                    self.chaos.events.fetch_add(1, Ordering::Relaxed);
                    let id = &event["identification"]["id"];
                    is_stale = id.is_null() || id.as_i64() == Some(self.row.id);
                    may_be_last = id.is_null() || id.as_i64() == Some(self.chaos.last.id);
                    if self.records && !id.is_null() {
                        let id = event["event_id"].as_str().unwrap();
                        self.events.last_mut().unwrap().push(id.to_owned());
                    }
                }
                _ => (is_stale, may_be_last) = (false, false),
            }
        }
    }

    /// Reads the row. Whether the replica answered.
    async fn read(&mut self) -> bool {
        let (acknowledged, started) = (self.row.version(), Instant::now());
        let Some(name) = self.replica.name(self.row.id).await else {
            return false;
        };
        let version: u64 = name.parse().unwrap();
        // A read of an owner sees every write that was acknowledged before it began.
        assert!(
            version >= acknowledged,
            "row {}: read {version} {:?} after {acknowledged} was acknowledged",
            self.row.id,
            self.row.age(version, started),
        );
        self.name = name;
        true
    }
}
