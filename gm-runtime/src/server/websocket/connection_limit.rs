//! The limit on the number of websockets.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// A socket that sent no ping for so many intervals is stalled. actix does not poll a body while its peer reads
/// nothing.
const STALLED_AFTER: u32 = 4;

/// Counts the websockets of all resources, and limits their number.
#[derive(Debug)]
pub(crate) struct ConnectionLimit {
    max: usize,
    ping_interval: Duration,
    /// The zero of [`Liveness::last_ping`].
    start: Instant,
    slots: watch::Sender<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    taken: HashMap<u64, Arc<Liveness>>,
    last_number: u64,
    /// When stalled sockets were last searched for.
    last_search: Duration,
    closed: bool,
}

/// The liveness of a socket, which the socket and the limit share.
#[derive(Debug)]
struct Liveness {
    /// When the socket last sent a ping, in milliseconds.
    last_ping: AtomicU64,
    /// Whether another socket got the slot.
    revoked: AtomicBool,
}

/// The slot of a socket, which is released when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    limit: Arc<ConnectionLimit>,
    number: u64,
    liveness: Arc<Liveness>,
}

impl ConnectionLimit {
    pub(crate) fn new(max: usize, ping_interval: Duration) -> Self {
        Self {
            max,
            ping_interval,
            start: Instant::now(),
            slots: watch::Sender::new(Slots::default()),
        }
    }

    /// Takes a slot. `None` if all slots are taken, or after [`close`](Self::close). If all are taken, the slots of
    /// stalled sockets are revoked, so that peers which read nothing can't keep others out.
    pub(super) fn acquire(self: &Arc<Self>) -> Option<Slot> {
        let now = self.start.elapsed();
        let liveness = Arc::new(Liveness {
            last_ping: AtomicU64::new(milliseconds(now)),
            revoked: AtomicBool::new(false),
        });
        let mut number = None;
        self.slots.send_if_modified(|slots| {
            if slots.taken.len() >= self.max {
                slots.revoke_stalled(now, self.ping_interval);
            }
            if slots.closed || slots.taken.len() >= self.max {
                return false;
            }
            slots.last_number += 1;
            slots.taken.insert(slots.last_number, Arc::clone(&liveness));
            number = Some(slots.last_number);
            true
        });
        number.map(|number| Slot {
            limit: Arc::clone(self),
            number,
            liveness,
        })
    }

    /// Gives no more slots.
    pub(crate) fn close(&self) {
        self.slots.send_modify(|slots| slots.closed = true);
    }

    /// Waits until all slots are released.
    pub(crate) async fn wait_until_empty(&self) {
        // Waiting fails only without a sender, which `self` holds.
        let _ = self
            .slots
            .subscribe()
            .wait_for(|slots| slots.taken.is_empty())
            .await;
    }
}

impl Slots {
    /// Revokes the slots of stalled sockets. Does so at most once in an interval, since it checks every socket.
    fn revoke_stalled(&mut self, now: Duration, ping_interval: Duration) {
        if now.saturating_sub(self.last_search) < ping_interval {
            return;
        }
        self.last_search = now;
        let longest = ping_interval.saturating_mul(STALLED_AFTER);
        self.taken.retain(|_, liveness| {
            let last_ping = Duration::from_millis(liveness.last_ping.load(Ordering::Relaxed));
            let is_stalled = now.saturating_sub(last_ping) > longest;
            if is_stalled {
                tracing::warn!("a subscriber reads nothing, so another subscriber gets its connection slot");
                liveness.revoked.store(true, Ordering::Relaxed);
            }
            !is_stalled
        });
    }
}

impl Slot {
    /// Records that the socket sends a ping. Returns false if the slot was revoked.
    pub(super) fn renew(&self) -> bool {
        let now = milliseconds(self.limit.start.elapsed());
        self.liveness.last_ping.store(now, Ordering::Relaxed);
        !self.liveness.revoked.load(Ordering::Relaxed)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.limit.slots.send_modify(|slots| {
            slots.taken.remove(&self.number);
        });
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
