//! The state of a shard: its event log, its waiting sockets, their pings, and the end of their credentials.

use std::collections::BTreeSet;
use std::task::Waker;
use std::time::{Duration, SystemTime};

use slab::Slab;
use tokio::time::Instant;

use super::event_log::EventLog;
use super::shard_callers::ShardCallers;
use crate::access::Principal;
use crate::protocol::close_code;

/// How many sockets are woken before the first of them is polled. Reasons: `docs/design/server.md`, "Events".
pub(super) const WAKE_BATCH: usize = 32;

/// The state of a shard. Committing threads change it, and sockets read it.
#[derive(Debug, Default)]
pub(super) struct ShardState {
    pub(super) log: EventLog,
    /// The code with which all sockets are closed.
    pub(super) close_code: Option<u16>,
    /// Whether the sockets have to enter their classes anew, since the grants changed.
    pub(super) is_retired: bool,
    /// Whether the last socket has left, so that the wake task ends.
    pub(super) is_abandoned: bool,
    /// The waker of the wake task.
    pub(super) task: Option<Waker>,
    /// Whether sockets have to be woken for something new.
    wake_requested: bool,
    /// The first socket that the current round of wake-ups has yet to reach. `None` between the rounds.
    wake_from: Option<usize>,
    sockets: Slab<SocketEntry>,
    /// How many of the sockets wait.
    waiting: usize,
    /// When each socket sends its next ping, the earliest first.
    pings: BTreeSet<(Instant, usize)>,
    callers: ShardCallers,
    /// Whether the timer of the wake task has to be set anew.
    timer_is_late: bool,
}

/// A socket, as the wake task knows it.
#[derive(Debug)]
struct SocketEntry {
    waker: Option<Waker>,
    /// The epoch in which the socket began to wait. `None` while it does not wait.
    waiting_since: Option<u64>,
    next_ping: Instant,
    ping_is_due: bool,
    /// The code with which this socket alone is closed.
    close_code: Option<u16>,
}

/// What concerns one socket of a shard, and not all of them.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) ping_is_due: bool,
    pub(super) close_code: Option<u16>,
}

impl ShardState {
    pub(super) fn add_socket(&mut self, principal: &Principal, first_ping: Instant) -> usize {
        let number = self.sockets.insert(SocketEntry {
            waker: None,
            waiting_since: None,
            next_ping: first_ping,
            ping_is_due: false,
            close_code: None,
        });
        self.pings.insert((first_ping, number));
        let end = self.callers.add(number, principal);
        if end.is_some() && end == self.callers.next_end() {
            self.hasten_timer();
        }
        number
    }

    /// Sets the timer of the wake task anew, which may be set to a later time than the next one that is due.
    pub(super) fn hasten_timer(&mut self) {
        self.timer_is_late = true;
        self.wake_task();
    }

    /// Removes a socket. Returns whether it was the last one.
    pub(super) fn remove_socket(&mut self, number: usize) -> bool {
        let Some(removed) = self.sockets.try_remove(number) else {
            return false;
        };
        self.pings.remove(&(removed.next_ping, number));
        self.callers.remove(number);
        self.waiting -= usize::from(removed.waiting_since.is_some());
        self.discard_sent_events();
        self.is_abandoned = self.sockets.is_empty();
        self.is_abandoned
    }

    /// Requests a round of wake-ups from the wake task.
    pub(super) fn request_wake(&mut self) {
        self.wake_requested = true;
        self.wake_task();
    }

    fn wake_task(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }

    /// Begins a round of wake-ups if one is requested, and none is in progress.
    pub(super) fn begin_requested_round(&mut self) {
        if self.wake_from.is_none() && std::mem::take(&mut self.wake_requested) {
            self.wake_from = Some(0);
        }
    }

    /// Restarts the round of wake-ups.
    pub(super) fn restart_round(&mut self) {
        self.wake_from = Some(0);
    }

    /// Whether sockets remain to be woken.
    pub(super) fn has_more_to_wake(&self) -> bool {
        self.wake_from.is_some() || self.wake_requested
    }

    /// Whether a round of wake-ups is in progress.
    pub(super) fn is_waking(&self) -> bool {
        self.wake_from.is_some()
    }

    /// Wakes the next sockets that have waited since before this epoch. The other ones are still sending, and look for
    /// more when they are done.
    pub(super) fn wake_batch(&mut self, epoch: u64) {
        let Some(first) = self.wake_from else {
            return;
        };
        let end = self.sockets.capacity().min(first.saturating_add(WAKE_BATCH));
        for number in first..end {
            if let Some(socket) = self.sockets.get_mut(number)
                && socket.waiting_since.is_some_and(|since| since < epoch)
            {
                socket.waiting_since = None;
                self.waiting -= 1;
                socket.wake();
            }
        }
        self.wake_from = (end < self.sockets.capacity()).then_some(end);
        self.discard_sent_events();
    }

    /// Whether the timer has to be set anew. Returns true once.
    pub(super) fn take_late_timer(&mut self) -> bool {
        std::mem::take(&mut self.timer_is_late)
    }

    /// Wakes the next sockets whose ping is due, or whose credential has ended. `time`: the system's. Returns the instant at
    /// which the next one is due.
    pub(super) fn wake_due(&mut self, interval: Duration, time: SystemTime) -> Instant {
        let now = Instant::now();
        for _ in 0..WAKE_BATCH {
            let Some(number) = self.callers.take_ended(now) else {
                break;
            };
            self.close_socket(number, close_code::CREDENTIAL_ENDED);
        }
        for _ in 0..WAKE_BATCH {
            let Some((due, number)) = self.pings.first().copied().filter(|(due, _)| *due <= now) else {
                break;
            };
            self.pings.pop_first();
            if let Some(socket) = self.sockets.get_mut(number) {
                // Counted from the due time, so that the pings of many sockets stay spread out.
                socket.next_ping = (due + interval).max(now);
                socket.ping_is_due = true;
                socket.wake();
                self.pings.insert((socket.next_ping, number));
            }
            if self.callers.has_ended(number, time) {
                self.close_socket(number, close_code::CREDENTIAL_ENDED);
            }
        }
        let next_ping = self.pings.first().map_or(now + interval, |(due, _)| *due);
        self.callers
            .next_end()
            .map_or(next_ping, |end| end.min(next_ping))
    }

    /// Closes the sockets of the callers with this name. The epoch must have advanced, so that the sockets look.
    pub(super) fn close_sockets_of(&mut self, name: &str, code: u16) {
        for number in self.callers.named(name) {
            self.close_socket(number, code);
        }
    }

    /// Closes one socket, ahead of the events that wait. The first code counts.
    fn close_socket(&mut self, number: usize, code: u16) {
        if let Some(socket) = self.sockets.get_mut(number) {
            socket.close_code.get_or_insert(code);
            socket.wake();
        }
    }

    /// When the socket sends its next ping. `None` if it has left.
    pub(super) fn next_ping(&self, number: usize) -> Option<Instant> {
        Some(self.sockets.get(number)?.next_ping)
    }

    /// What concerns this socket alone. A ping is due once.
    pub(super) fn take_notice(&mut self, number: usize) -> Notice {
        let socket = self.sockets.get_mut(number);
        Notice {
            close_code: socket.as_ref().and_then(|socket| socket.close_code),
            ping_is_due: socket.is_some_and(|socket| std::mem::take(&mut socket.ping_is_due)),
        }
    }

    /// Registers a socket that has sent all events of the log. It is woken after this epoch.
    pub(super) fn wait(&mut self, number: usize, epoch: u64, waker: &Waker) {
        let Some(socket) = self.sockets.get_mut(number) else {
            return;
        };
        set_waker(&mut socket.waker, waker);
        self.waiting += usize::from(socket.waiting_since.replace(epoch).is_none());
        self.discard_sent_events();
    }

    /// Discards the events once all sockets wait, which have then sent them. A socket that is still to be woken waits
    /// too, and has not sent them yet.
    fn discard_sent_events(&mut self) {
        if !self.has_more_to_wake() && self.waiting == self.sockets.len() {
            self.log.clear();
        }
    }
}

impl SocketEntry {
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

/// Replaces a waker. The same waker is not cloned again.
pub(super) fn set_waker(slot: &mut Option<Waker>, waker: &Waker) {
    match slot {
        Some(known) => known.clone_from(waker),
        None => *slot = Some(waker.clone()),
    }
}
