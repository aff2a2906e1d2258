//! The limit on the number of websockets.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::slot_holder::SlotHolder;

/// A socket that sent no ping for so many intervals is stalled. actix does not poll a body while its peer reads
/// nothing.
const STALLED_AFTER: u32 = 4;

/// Counts the websockets of all resources, and limits their number and that of each caller.
#[derive(Debug)]
pub(crate) struct ConnectionLimit {
    max: usize,
    max_per_holder: usize,
    ping_interval: Duration,
    /// The zero of [`Liveness::last_ping`].
    start: Instant,
    slots: watch::Sender<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    taken: HashMap<u64, Taken>,
    /// The number of slots of each holder.
    held: HashMap<SlotHolder, usize>,
    last_number: u64,
    /// When stalled sockets were last searched for.
    last_search: Duration,
    closed: bool,
}

/// A slot that is taken.
#[derive(Debug)]
struct Taken {
    liveness: Arc<Liveness>,
    holder: Option<SlotHolder>,
}

/// The limit that refuses a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// All slots are taken, or no more are given.
    Full,
    /// The holder has all slots that one holder may have.
    HolderFull,
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
    pub(crate) fn new(max: usize, max_per_holder: usize, ping_interval: Duration) -> Self {
        Self {
            max,
            max_per_holder,
            ping_interval,
            start: Instant::now(),
            slots: watch::Sender::new(Slots::default()),
        }
    }

    /// Takes a slot, which counts for this holder. If all slots of the holder, or of all holders, are taken, the slots of
    /// stalled sockets are revoked, so that peers which read nothing can't keep others out.
    pub(super) fn acquire(self: &Arc<Self>, holder: Option<SlotHolder>) -> Result<Slot, NoSlot> {
        let now = self.start.elapsed();
        let liveness = Arc::new(Liveness {
            last_ping: AtomicU64::new(milliseconds(now)),
            revoked: AtomicBool::new(false),
        });
        let mut acquired = Err(NoSlot::Full);
        self.slots.send_if_modified(|slots| {
            let refusal = |slots: &Slots| self.refusal(slots, holder.as_ref());
            if refusal(slots).is_some() {
                slots.revoke_stalled(now, self.ping_interval);
            }
            if let Some(refusal) = refusal(slots) {
                acquired = Err(refusal);
                return false;
            }
            acquired = Ok(slots.take(Arc::clone(&liveness), holder.clone()));
            true
        });
        acquired.map(|number| Slot {
            limit: Arc::clone(self),
            number,
            liveness,
        })
    }

    fn refusal(&self, slots: &Slots, holder: Option<&SlotHolder>) -> Option<NoSlot> {
        let held = holder.and_then(|holder| slots.held.get(holder));
        if slots.closed {
            Some(NoSlot::Full)
        } else if held.is_some_and(|held| *held >= self.max_per_holder) {
            Some(NoSlot::HolderFull)
        } else {
            (slots.taken.len() >= self.max).then_some(NoSlot::Full)
        }
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
    fn take(&mut self, liveness: Arc<Liveness>, holder: Option<SlotHolder>) -> u64 {
        if let Some(holder) = &holder {
            *self.held.entry(holder.clone()).or_default() += 1;
        }
        self.last_number += 1;
        self.taken.insert(self.last_number, Taken { liveness, holder });
        self.last_number
    }

    fn release(&mut self, number: u64) {
        let holder = self.taken.remove(&number).and_then(|taken| taken.holder);
        let Some(Entry::Occupied(mut held)) = holder.map(|holder| self.held.entry(holder)) else {
            return;
        };
        *held.get_mut() -= 1;
        if *held.get() == 0 {
            held.remove();
        }
    }

    /// Revokes the slots of stalled sockets. Does so at most once in an interval, since it checks every socket.
    fn revoke_stalled(&mut self, now: Duration, ping_interval: Duration) {
        if now.saturating_sub(self.last_search) < ping_interval {
            return;
        }
        self.last_search = now;
        let longest = ping_interval.saturating_mul(STALLED_AFTER);
        let is_stalled = |taken: &Taken| {
            let last_ping = Duration::from_millis(taken.liveness.last_ping.load(Ordering::Relaxed));
            now.saturating_sub(last_ping) > longest
        };
        let stalled = self.taken.iter().filter(|(_, taken)| is_stalled(taken));
        let stalled: Vec<u64> = stalled.map(|(number, _)| *number).collect();
        for number in stalled {
            tracing::warn!("a subscriber reads nothing, so another subscriber gets its connection slot");
            if let Some(taken) = self.taken.get(&number) {
                taken.liveness.revoked.store(true, Ordering::Relaxed);
            }
            self.release(number);
        }
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
        self.limit.slots.send_modify(|slots| slots.release(self.number));
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
