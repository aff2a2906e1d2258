//! The connection pools: one awc client for each thread, runtime and transport.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use awc::{Client, Connector};
use rustls::ClientConfig;
use tokio::runtime::{Handle, Id};

use super::Limits;
use super::connect::Connect;

/// The longest idle time of a connection that is used again. Many servers close idle connections after 5 s (actix, node,
/// uvicorn). The outcome of a write that coincides with such a close is unknown.
const IDLE: Duration = Duration::from_secs(4);

thread_local! {
    static CLIENTS: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// The awc client of one transport in one runtime of this thread.
///
/// awc's clients can't leave their thread. Each runtime of a thread has its own, since only the runtime that opened a connection
/// drives it.
struct Entry {
    runtime: Id,
    limits: Weak<Limits>,
    tls: Option<Weak<ClientConfig>>,
    client: Client,
    last_used: Instant,
}

impl Entry {
    fn is_for(&self, runtime: Id, limits: &Arc<Limits>, tls: Option<&Arc<ClientConfig>>) -> bool {
        let same_tls = match (&self.tls, tls) {
            (None, None) => true,
            (Some(known), Some(tls)) => std::ptr::eq(known.as_ptr(), Arc::as_ptr(tls)),
            _ => false,
        };
        same_tls && self.runtime == runtime && std::ptr::eq(self.limits.as_ptr(), Arc::as_ptr(limits))
    }
}

/// The client of this thread and runtime for these settings. Must be called in a `LocalSet`.
pub(super) fn client(limits: &Arc<Limits>, tls: Option<&Arc<ClientConfig>>) -> Client {
    let now = Instant::now();
    let runtime = Handle::current().id();
    CLIENTS.with_borrow_mut(|clients| {
        if let Some(entry) = clients
            .iter_mut()
            .find(|entry| entry.is_for(runtime, limits, tls))
        {
            entry.last_used = now;
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
            last_used: now,
        });
        client
    })
}

/// Drops clients that were not used lately, and with them their idle connections. awc itself closes an idle connection only at the
/// next request.
async fn close_idle(runtime: Id) {
    loop {
        actix_rt::time::sleep(IDLE).await;
        let closed: Vec<_> = CLIENTS.with_borrow_mut(|clients| {
            let idle =
                |entry: &mut Entry| entry.limits.strong_count() == 0 || entry.last_used.elapsed() >= IDLE;
            clients.extract_if(.., idle).collect()
        });
        drop(closed);
        let in_use = |clients: &Vec<Entry>| clients.iter().any(|entry| entry.runtime == runtime);
        if !CLIENTS.with_borrow(in_use) {
            return;
        }
    }
}

/// Drops all clients of this thread.
pub(super) fn close_all() {
    let closed = CLIENTS.take();
    drop(closed);
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
        // `Connect` has time limits of its own, so this one must not end before them.
        .timeout(connect.limit.saturating_mul(3))
        .connector(connect)
        .conn_keep_alive(IDLE)
        // The transport limits the connections, over all threads.
        .limit(0);
    // A redirect would send the credentials to another host. `exchange` has a time limit for each phase.
    Client::builder()
        .connector(connector)
        .disable_redirects()
        .disable_timeout()
        .finish()
}
