//! How many sockets there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Ping intervals after which a socket that has not come to send a ping is taken for stalled: actix asks a body for no
/// more while the peer takes nothing of what it has, and tells it nothing of that.
const STALLED: u32 = 4;

/// Counts the websockets of all resources, and refuses more than the bound.
#[derive(Debug)]
pub(crate) struct Sockets {
    max: usize,
    ping_interval: Duration,
    /// The beginning of [`Life::seen`].
    start: Instant,
    seats: watch::Sender<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    taken: HashMap<u64, Arc<Life>>,
    given: u64,
    /// When stalled sockets were last looked for.
    searched: Duration,
    closed: bool,
}

/// What is known of a socket besides it.
#[derive(Debug)]
struct Life {
    /// Milliseconds until it last came to send a ping.
    seen: AtomicU64,
    /// Its seat was given to another one.
    lost: AtomicBool,
}

/// A socket's seat, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    sockets: Arc<Sockets>,
    number: u64,
    life: Arc<Life>,
}

impl Sockets {
    pub(crate) fn new(max: usize, ping_interval: Duration) -> Self {
        Self {
            max,
            ping_interval,
            start: Instant::now(),
            seats: watch::Sender::new(Seats::default()),
        }
    }

    /// A seat, unless all are taken or none is given any more. Where all are taken, those of stalled sockets are free:
    /// peers that read nothing can't keep out those that do.
    pub(super) fn take(self: &Arc<Self>) -> Option<Seat> {
        let now = self.start.elapsed();
        let life = Arc::new(Life {
            seen: AtomicU64::new(milliseconds(now)),
            lost: AtomicBool::new(false),
        });
        let mut number = None;
        self.seats.send_if_modified(|seats| {
            if seats.taken.len() >= self.max {
                seats.take_from_stalled(now, self.ping_interval);
            }
            if seats.closed || seats.taken.len() >= self.max {
                return false;
            }
            seats.given += 1;
            seats.taken.insert(seats.given, Arc::clone(&life));
            number = Some(seats.given);
            true
        });
        number.map(|number| Seat {
            sockets: Arc::clone(self),
            number,
            life,
        })
    }

    /// Gives no more seats.
    pub(crate) fn refuse_more(&self) {
        self.seats.send_modify(|seats| seats.closed = true);
    }

    /// Ready when no seat is taken.
    pub(crate) async fn gone(&self) {
        // The sender is here, so the wait can't fail.
        let _ = self
            .seats
            .subscribe()
            .wait_for(|seats| seats.taken.is_empty())
            .await;
    }
}

impl Seats {
    /// At most once an interval: it looks at every socket.
    fn take_from_stalled(&mut self, now: Duration, ping_interval: Duration) {
        if now.saturating_sub(self.searched) < ping_interval {
            return;
        }
        self.searched = now;
        let longest = ping_interval.saturating_mul(STALLED);
        self.taken.retain(|_, life| {
            let seen = Duration::from_millis(life.seen.load(Ordering::Relaxed));
            let stalled = now.saturating_sub(seen) > longest;
            if stalled {
                tracing::warn!("a subscriber reads nothing: its seat is given to another one");
                life.lost.store(true, Ordering::Relaxed);
            }
            !stalled
        });
    }
}

impl Seat {
    /// The socket comes to send a ping; `false` where it has lost its seat meanwhile.
    pub(super) fn keep(&self) -> bool {
        let now = milliseconds(self.sockets.start.elapsed());
        self.life.seen.store(now, Ordering::Relaxed);
        !self.life.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.sockets.seats.send_modify(|seats| {
            seats.taken.remove(&self.number);
        });
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
