//! A proxy between a consumer and an owner, which delays, stalls and half-closes websockets. It forwards other connections
//! unchanged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does with the bytes of websockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Forwards each piece after this time.
    Delay(Duration),
    /// Forwards nothing, and closes nothing.
    Stall,
    /// Closes the owner's direction, and forwards the consumer's.
    HalfClose,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    owner: Arc<watch::Sender<SocketAddr>>,
    mode: Arc<watch::Sender<Mode>>,
}

impl Proxy {
    pub(crate) async fn to(owner: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(watch::Sender::new(Mode::Delay(Duration::ZERO)));
        let owner = Arc::new(watch::Sender::new(owner));
        let (owners, modes) = (Arc::clone(&owner), Arc::clone(&mode));
        tokio::spawn(async move {
            while let Ok((consumer, _)) = listener.accept().await {
                let owner = *owners.borrow();
                tokio::spawn(connect(consumer, owner, Arc::clone(&modes)));
            }
        });
        Self { address, owner, mode }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connects new consumers to this owner.
    pub(crate) fn redirect_to(&self, owner: SocketAddr) {
        self.owner.send_replace(owner);
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn connect(mut consumer: TcpStream, owner: SocketAddr, modes: Arc<watch::Sender<Mode>>) {
    let Ok(mut owner) = TcpStream::connect(owner).await else {
        return;
    };
    let _ = (consumer.set_nodelay(true), owner.set_nodelay(true));
    let mut first = vec![0; 4096];
    let Ok(read) = consumer.read(&mut first).await else {
        return;
    };
    first.truncate(read);
    if owner.write_all(&first).await.is_err() {
        return;
    }
    if !String::from_utf8_lossy(&first).contains("/ws/") {
        let _ = tokio::io::copy_bidirectional(&mut consumer, &mut owner).await;
        return;
    }
    let (consumer_reads, consumer_writes) = consumer.into_split();
    let (owner_reads, owner_writes) = owner.into_split();
    tokio::spawn(forward(consumer_reads, owner_writes, modes.subscribe(), false));
    forward(owner_reads, consumer_writes, modes.subscribe(), true).await;
}

/// Forwards one direction until it ends, including its end.
async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    is_owner: bool,
) {
    let mut piece = vec![0; 4096];
    loop {
        let read = tokio::select! {
            biased;
            _ = mode.wait_for(|mode| is_owner && *mode == Mode::HalfClose) => return,
            read = from.read(&mut piece) => read.unwrap_or(0),
        };
        let now = mode.wait_for(|mode| *mode != Mode::Stall).await.map(|mode| *mode);
        if let Ok(Mode::Delay(delay)) = now {
            tokio::time::sleep(delay).await;
        }
        if read == 0 || to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}
