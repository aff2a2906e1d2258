//! A proxy on the way to a server, which cuts and stalls connections.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// What the proxy does with the bytes of its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Forwards them.
    Forward,
    /// Forwards nothing, and closes nothing. New connections are accepted.
    Stall,
    /// Forwards those of the clients only.
    StallReplies,
    /// Closes new connections. The others are forwarded.
    Refuse,
}

/// A text of the clients, and the one that is forwarded in its place.
type Replacement = (Arc<[u8]>, Arc<[u8]>);

#[derive(Clone, Debug)]
struct State {
    mode: Mode,
    /// The connections that were cut are those with a lower number.
    cut: u64,
    /// A text of the clients, and the mode that it begins.
    trigger: Option<(Arc<[u8]>, Mode)>,
    replacement: Option<Replacement>,
    server: SocketAddr,
    /// The connections now, and the ports by which the server knows them.
    open: BTreeMap<u64, Option<u16>>,
    /// The number of connections so far.
    accepted: u64,
}

/// A proxy on a free port of 127.0.0.1. It has a thread of its own, and ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    _ends: oneshot::Sender<()>,
}

impl Proxy {
    /// A proxy to the server with this address, for example `database.address()`.
    ///
    /// # Panics
    /// If the address is not one.
    #[must_use]
    pub fn to(server: &str) -> Self {
        let server = server.parse().expect("an address and a port");
        let (state, _) = watch::channel(State {
            mode: Mode::Forward,
            cut: 0,
            trigger: None,
            replacement: None,
            server,
            open: BTreeMap::new(),
            accepted: 0,
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (ends, ended) = oneshot::channel::<()>();
        let states = state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    _ = ended => {}
                    _ = accept(listener, states) => {}
                }
            });
        });
        Self {
            address,
            state,
            _ends: ends,
        }
    }

    /// The host and the port of the proxy, as URLs have them.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Changes the mode.
    pub fn set(&self, mode: Mode) {
        self.state.send_modify(|state| {
            state.mode = mode;
            state.trigger = None;
        });
    }

    /// Changes the mode as soon as a client sends this text, before the text is forwarded.
    pub fn set_when_sent(&self, text: &str, mode: Mode) {
        let trigger = Some((text.as_bytes().into(), mode));
        self.state.send_modify(|state| state.trigger = trigger);
    }

    /// Forwards another text of the same length, the next time that a client sends this text in one piece.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn replace_when_sent(&self, text: &str, other: &str) {
        assert_eq!(text.len(), other.len(), "the length is a part of the message");
        let replacement = Some((text.as_bytes().into(), other.as_bytes().into()));
        self.state.send_modify(|state| state.replacement = replacement);
    }

    /// Waits until the text was replaced.
    ///
    /// # Panics
    /// Never, since the proxy lives.
    pub async fn until_replaced(&self) {
        let mut state = self.state.subscribe();
        state.wait_for(|state| state.replacement.is_none()).await.unwrap();
    }

    /// Waits until the mode is this one.
    ///
    /// # Panics
    /// Never, since the proxy lives.
    pub async fn until(&self, mode: Mode) {
        let mut state = self.state.subscribe();
        state.wait_for(|state| state.mode == mode).await.unwrap();
    }

    /// Closes every connection, and waits until they are closed. What was stalled is lost.
    ///
    /// # Panics
    /// Never, since the proxy lives.
    pub async fn cut(&self) {
        let mut accepted = 0;
        self.state.send_modify(|state| {
            state.cut += 1;
            accepted = state.accepted;
        });
        // Clients may connect again at once.
        let is_closed = |state: &State| state.open.keys().all(|number| *number >= accepted);
        let mut state = self.state.subscribe();
        state.wait_for(is_closed).await.unwrap();
    }

    /// The `client_port` of each connection in `pg_stat_activity`.
    #[must_use]
    pub fn client_ports(&self) -> Vec<u16> {
        let state = self.state.borrow();
        state.open.values().copied().flatten().collect()
    }

    /// Connects new clients to this server.
    ///
    /// # Panics
    /// If the address is not one.
    pub fn redirect_to(&self, server: &str) {
        let server = server.parse().expect("an address and a port");
        self.state.send_modify(|state| state.server = server);
    }
}

async fn accept(listener: TcpListener, state: watch::Sender<State>) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        let now = state.borrow().clone();
        if now.mode == Mode::Refuse {
            continue;
        }
        let number = now.accepted;
        state.send_modify(|state| {
            state.accepted += 1;
            state.open.insert(number, None);
        });
        let state = state.clone();
        tokio::spawn(async move {
            let mut watched = state.subscribe();
            tokio::select! {
                biased;
                _ = watched.wait_for(|state| state.cut > now.cut) => {}
                _ = connect(number, client, now.server, &state) => {}
            }
            state.send_modify(|state| {
                state.open.remove(&number);
            });
        });
    }
}

/// Forwards both directions until one ends.
async fn connect(
    number: u64,
    client: TcpStream,
    server: SocketAddr,
    state: &watch::Sender<State>,
) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let port = server.local_addr()?.port();
    state.send_modify(|state| {
        state.open.insert(number, Some(port));
    });
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::select! {
        ended = forward_requests(client_reads, server_writes, state) => ended,
        ended = forward_replies(server_reads, client_writes, state) => ended,
    }
}

async fn forward_requests(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    state: &watch::Sender<State>,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    // The end of what was read since there is a trigger, in which its text may begin.
    let mut earlier = Vec::new();
    let mut watched = state.subscribe();
    loop {
        let read = from.read(&mut bytes).await?;
        let piece = bytes.get_mut(..read).unwrap_or_default();
        if piece.is_empty() {
            return Ok(());
        }
        replace(piece, state);
        earlier.extend_from_slice(piece);
        let tail = state.borrow().trigger.as_ref().map_or(0, |(text, _)| text.len());
        state.send_if_modified(|state| {
            let sent = |text: &[u8]| earlier.windows(text.len()).any(|part| part == text);
            let Some((_, mode)) = state.trigger.take_if(|(text, _)| sent(text)) else {
                return false;
            };
            state.mode = mode;
            true
        });
        earlier.drain(..earlier.len().saturating_sub(tail));
        let _ = watched.wait_for(|state| state.mode != Mode::Stall).await;
        to.write_all(piece).await?;
    }
}

/// Replaces the text of the state, if the piece has it.
fn replace(piece: &mut [u8], state: &watch::Sender<State>) {
    state.send_if_modified(|state| {
        let place = |text: &[u8]| piece.windows(text.len()).position(|part| part == text);
        let Some((text, other)) = state.replacement.take_if(|(text, _)| place(text).is_some()) else {
            return false;
        };
        if let Some(from) = place(&text)
            && let Some(part) = piece.get_mut(from..from + text.len())
        {
            part.copy_from_slice(&other);
        }
        true
    });
}

async fn forward_replies(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    state: &watch::Sender<State>,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    let mut watched = state.subscribe();
    loop {
        let read = from.read(&mut bytes).await?;
        let piece = bytes.get(..read).unwrap_or_default();
        if piece.is_empty() {
            return Ok(());
        }
        let flows = |state: &State| !matches!(state.mode, Mode::Stall | Mode::StallReplies);
        let _ = watched.wait_for(flows).await;
        to.write_all(piece).await?;
    }
}
