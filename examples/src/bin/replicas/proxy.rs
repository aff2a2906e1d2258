//! A proxy of connections, as any load balancer is one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The time between two checks of an owner, and the time that it has to answer one.
const CHECK: Duration = Duration::from_millis(500);

/// Gives each connection to the next owner that answers, and closes the connections of an owner that answers no more.
pub(crate) struct Proxy {
    address: SocketAddr,
    owners: Arc<[Owner]>,
}

struct Owner {
    address: Mutex<SocketAddr>,
    is_healthy: watch::Sender<bool>,
    /// Each connection has a receiver of this.
    connections: watch::Sender<()>,
}

impl Owner {
    fn address(&self) -> SocketAddr {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_healthy(&self) -> bool {
        *self.is_healthy.borrow()
    }

    /// Whether it answers a request in time.
    async fn answers(&self) -> bool {
        let check = async {
            let mut stream = TcpStream::connect(self.address()).await?;
            stream
                .write_all(b"HEAD / HTTP/1.1\r\nhost: owner\r\nconnection: close\r\n\r\n")
                .await?;
            stream.read_u8().await
        };
        matches!(timeout(CHECK, check).await, Ok(Ok(_)))
    }

    /// Carries the bytes of a connection until one side or the owner ends.
    async fn carry(&self, mut client: TcpStream, mut owner: TcpStream) {
        let _connection = self.connections.subscribe();
        let mut is_healthy = self.is_healthy.subscribe();
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut owner) => {}
            _ = is_healthy.wait_for(|is_healthy| !is_healthy) => {}
        }
    }
}

impl Proxy {
    pub(crate) async fn start(owners: Vec<SocketAddr>) -> anyhow::Result<Self> {
        let owners: Arc<[Owner]> = owners
            .into_iter()
            .map(|address| Owner {
                address: Mutex::new(address),
                is_healthy: watch::channel(true).0,
                connections: watch::channel(()).0,
            })
            .collect();
        for number in 0..owners.len() {
            tokio::spawn(check(Arc::clone(&owners), number));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(accept(listener, Arc::clone(&owners)));
        Ok(Self { address, owners })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the proxy has found out that an owner answers, or that it does not.
    pub(crate) async fn until_health_is(&self, owner: usize, expected: bool) {
        if let Some(owner) = self.owners.get(owner) {
            let mut is_healthy = owner.is_healthy.subscribe();
            // The sender lives as long as the owner.
            let _ = is_healthy.wait_for(|is_healthy| *is_healthy == expected).await;
        }
    }

    /// Another process takes the place of an owner.
    pub(crate) fn replace(&self, owner: usize, address: SocketAddr) {
        if let Some(owner) = self.owners.get(owner) {
            *owner.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
        }
    }

    pub(crate) fn print_connections(&self) {
        for (number, owner) in (1..).zip(self.owners.iter()) {
            println!(
                "  owner {number} has {} connections",
                owner.connections.receiver_count()
            );
        }
    }
}

/// Checks an owner again and again.
async fn check(owners: Arc<[Owner]>, number: usize) {
    while let Some(owner) = owners.get(number) {
        owner.is_healthy.send_replace(owner.answers().await);
        sleep(CHECK).await;
    }
}

/// Accepts connections, and gives each to the next owner.
async fn accept(listener: TcpListener, owners: Arc<[Owner]>) {
    for next in 0_usize.. {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        let owners = Arc::clone(&owners);
        tokio::spawn(async move {
            let candidates =
                (0..owners.len()).filter_map(|step| owners.get(next.wrapping_add(step) % owners.len()));
            for owner in candidates.filter(|owner| owner.is_healthy()) {
                if let Ok(Ok(stream)) = timeout(CHECK, TcpStream::connect(owner.address())).await {
                    return owner.carry(client, stream).await;
                }
            }
        });
    }
}
