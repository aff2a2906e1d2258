//! How many sockets there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Ping intervals after which a socket that has not come to send a ping is taken for stalled: actix asks a body for no
/// more while the peer takes nothing of what it has, and tells it nothing of that.
const STALLED_AFTER: u32 = 4;

/// Counts the websockets of all resources, and refuses more than the bound.
#[derive(Debug)]
pub(crate) struct ConnectionLimit {
    max: usize,
    ping_interval: Duration,
    /// The beginning of [`Liveness::last_polled`].
    start: Instant,
    slots: watch::Sender<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    taken: HashMap<u64, Arc<Liveness>>,
    given: u64,
    /// When stalled sockets were last looked for.
    checked: Duration,
    closed: bool,
}

/// What is known of a socket besides it.
#[derive(Debug)]
struct Liveness {
    /// Milliseconds until it last came to send a ping.
    last_polled: AtomicU64,
    /// Its slot was given to another one.
    revoked: AtomicBool,
}

/// A socket's slot, given back when it is dropped.
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

    /// A slot, unless all are taken or none is given any more. Where all are taken, those of stalled sockets are free:
    /// peers that read nothing can't keep out those that do.
    pub(super) fn acquire(self: &Arc<Self>) -> Option<Slot> {
        let now = self.start.elapsed();
        let liveness = Arc::new(Liveness {
            last_polled: AtomicU64::new(milliseconds(now)),
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
            slots.given += 1;
            slots.taken.insert(slots.given, Arc::clone(&liveness));
            number = Some(slots.given);
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

    /// Ready when no slot is taken.
    pub(crate) async fn wait_until_empty(&self) {
        // The sender is here, so the wait can't fail.
        let _ = self
            .slots
            .subscribe()
            .wait_for(|slots| slots.taken.is_empty())
            .await;
    }
}

impl Slots {
    /// At most once an interval: it looks at every socket.
    fn revoke_stalled(&mut self, now: Duration, ping_interval: Duration) {
        if now.saturating_sub(self.checked) < ping_interval {
            return;
        }
        self.checked = now;
        let longest = ping_interval.saturating_mul(STALLED_AFTER);
        self.taken.retain(|_, liveness| {
            let last_polled = Duration::from_millis(liveness.last_polled.load(Ordering::Relaxed));
            let stalled = now.saturating_sub(last_polled) > longest;
            if stalled {
                tracing::warn!("a subscriber reads nothing: its slot is given to another one");
                liveness.revoked.store(true, Ordering::Relaxed);
            }
            !stalled
        });
    }
}

impl Slot {
    /// The socket comes to send a ping; `false` where it has lost its slot meanwhile.
    pub(super) fn renew(&self) -> bool {
        let now = milliseconds(self.limit.start.elapsed());
        self.liveness.last_polled.store(now, Ordering::Relaxed);
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
