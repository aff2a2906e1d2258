//! The awc client of a thread.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use awc::{Client, Connector};
use rustls::ClientConfig;
use tokio::runtime::{Handle, Id};

use super::Limits;
use super::connect::Connect;

/// How long a connection may lie idle and still be used again. Below the 5 s after which many servers close one
/// (actix, node, uvicorn): a request that meets such a close has an unknown outcome.
const IDLE: Duration = Duration::from_secs(4);

thread_local! {
    static CLIENTS: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// awc's client and its pool are a thread's own; one is kept for each transport that is used on the thread, in each of
/// the thread's runtimes: a connection is read by the runtime that opened it, which may rest while another one runs.
struct Entry {
    runtime: Id,
    limits: Weak<Limits>,
    tls: Option<Weak<ClientConfig>>,
    client: Client,
    used: Instant,
}

impl Entry {
    fn is_of(&self, runtime: Id, limits: &Arc<Limits>, tls: Option<&Arc<ClientConfig>>) -> bool {
        let same_tls = match (&self.tls, tls) {
            (None, None) => true,
            (Some(known), Some(tls)) => std::ptr::eq(known.as_ptr(), Arc::as_ptr(tls)),
            _ => false,
        };
        same_tls && self.runtime == runtime && std::ptr::eq(self.limits.as_ptr(), Arc::as_ptr(limits))
    }
}

/// This thread's client for these settings. Must be called in a `LocalSet`.
pub(super) fn client(limits: &Arc<Limits>, tls: Option<&Arc<ClientConfig>>) -> Client {
    let now = Instant::now();
    let runtime = Handle::current().id();
    CLIENTS.with_borrow_mut(|clients| {
        if let Some(entry) = clients.iter_mut().find(|entry| entry.is_of(runtime, limits, tls)) {
            entry.used = now;
            return entry.client.clone();
        }
        if !clients.iter().any(|entry| entry.runtime == runtime) {
            actix_rt::spawn(close_idle(runtime));
        }
        let client = build(Connect {
            tls: tls.map(Arc::clone),
            upgrade: false,
            limit: limits.timeouts.connect,
        });
        clients.push(Entry {
            runtime,
            limits: Arc::downgrade(limits),
            tls: tls.map(Arc::downgrade),
            client: client.clone(),
            used: now,
        });
        client
    })
}

/// Lets go of clients that were not used for a while, and so of their idle connections: awc's pool itself looks at an
/// idle connection only when the next request comes.
async fn close_idle(runtime: Id) {
    loop {
        actix_rt::time::sleep(IDLE).await;
        let forgotten: Vec<_> = CLIENTS.with_borrow_mut(|clients| {
            let idle = |entry: &mut Entry| entry.limits.strong_count() == 0 || entry.used.elapsed() >= IDLE;
            clients.extract_if(.., idle).collect()
        });
        drop(forgotten);
        let in_use = |clients: &Vec<Entry>| clients.iter().any(|entry| entry.runtime == runtime);
        if !CLIENTS.with_borrow(in_use) {
            return;
        }
    }
}

/// Lets go of every client of this thread.
pub(super) fn close_all() {
    let forgotten = CLIENTS.take();
    drop(forgotten);
}

/// A client for one websocket.
pub(crate) fn for_websocket(connect: Duration, tls: Option<Arc<ClientConfig>>) -> Client {
    build(Connect {
        tls,
        upgrade: true,
        limit: connect,
    })
}

/// A client with a pool of its own.
fn build(connect: Connect) -> Client {
    let connector = Connector::new()
        // It bounds both of its steps itself.
        .timeout(connect.limit.saturating_mul(3))
        .connector(connect)
        .conn_keep_alive(IDLE)
        // The limit is the transport's, over all its threads.
        .limit(0);
    // A redirect would carry the credentials along; the times are measured by phase.
    Client::builder()
        .connector(connector)
        .disable_redirects()
        .disable_timeout()
        .finish()
}
