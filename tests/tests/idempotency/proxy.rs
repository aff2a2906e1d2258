//! A proxy that loses answers and cuts connections.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gm_tests::random::Random;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does with a request or an answer: one of so many is lost, with its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Losses {
    pub(crate) requests: Option<usize>,
    pub(crate) answers: Option<usize>,
}

/// A proxy on a port of its own, which ends with the runtime.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    owner: watch::Sender<SocketAddr>,
    losses: Losses,
    random: Mutex<Random>,
    lost_answers: AtomicU64,
    lost_requests: AtomicU64,
}

impl Shared {
    fn loses(&self, one_of: Option<usize>) -> bool {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        one_of.is_some_and(|count| random.below(count) == 0)
    }
}

impl Proxy {
    pub(crate) async fn to(owner: SocketAddr, losses: Losses, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            owner: watch::Sender::new(owner),
            losses,
            random: Mutex::new(Random::new(seed)),
            lost_answers: AtomicU64::new(0),
            lost_requests: AtomicU64::new(0),
        });
        let connections = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((consumer, _)) = listener.accept().await {
                tokio::spawn(forward(consumer, Arc::clone(&connections)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connects new consumers to this owner.
    pub(crate) fn redirect_to(&self, owner: SocketAddr) {
        self.shared.owner.send_replace(owner);
    }

    /// The numbers of lost requests and of lost answers.
    pub(crate) fn lost(&self) -> (u64, u64) {
        let [requests, answers] = [&self.shared.lost_requests, &self.shared.lost_answers];
        (requests.load(Ordering::Relaxed), answers.load(Ordering::Relaxed))
    }
}

/// Forwards pieces in turns, since a consumer sends the next request when it has the answer. Returning closes both connections.
async fn forward(mut consumer: TcpStream, shared: Arc<Shared>) {
    let owner = *shared.owner.borrow();
    let Ok(mut owner) = TcpStream::connect(owner).await else {
        return;
    };
    let _ = (consumer.set_nodelay(true), owner.set_nodelay(true));
    let (mut request, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = consumer.read(&mut request) => match read {
                Ok(read @ 1..) => {
                    if shared.loses(shared.losses.requests) {
                        shared.lost_requests.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                    if owner.write_all(&request[..read]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            read = owner.read(&mut answer) => match read {
                Ok(read @ 1..) => {
                    if shared.loses(shared.losses.answers) {
                        shared.lost_answers.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                    if consumer.write_all(&answer[..read]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}
