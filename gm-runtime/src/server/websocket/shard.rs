//! The subscribers of one resource on one thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use tokio::time::Instant;

use super::shard_state::{Notice, ShardState};
use crate::access::Principal;

/// The part of a resource's subscribers that one thread serves.
///
/// A committing thread adds an event to each shard, and wakes one task there. That task wakes the sockets. Reasons:
/// `docs/design/server.md`, "Events".
#[derive(Debug)]
pub(super) struct Shard {
    /// The most events that wait for a socket.
    capacity: usize,
    ping_interval: Duration,
    /// Counts the events, closings and rounds of pings. A socket that waits since the current epoch knows, without the
    /// lock, that there is nothing new. Changed under the lock.
    epoch: AtomicU64,
    state: Mutex<ShardState>,
}

impl Shard {
    pub(super) fn new(capacity: usize, ping_interval: Duration) -> Self {
        Self {
            capacity,
            ping_interval,
            epoch: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ShardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ping_interval(&self) -> Duration {
        self.ping_interval
    }

    /// Adds an event.
    pub(super) fn push(&self, event: Bytes) {
        let mut state = self.state();
        state.log.push(event, self.capacity);
        self.request_wake(&mut state);
    }

    /// Closes the sockets with this code, ahead of the events that wait. The first code counts.
    pub(super) fn close(&self, code: u16) {
        let mut state = self.state();
        state.close_code.get_or_insert(code);
        self.request_wake(&mut state);
    }

    /// Closes the sockets of the callers with this name.
    pub(super) fn close_sockets_of(&self, name: &str, code: u16) {
        let mut state = self.state();
        self.advance_epoch();
        state.close_sockets_of(name, code);
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().close_code.is_none()
    }

    /// Makes the sockets enter their classes anew, and discards the events that wait.
    pub(super) fn retire(&self) {
        let mut state = self.state();
        state.is_retired = true;
        state.log.clear();
        self.request_wake(&mut state);
    }

    /// Adds a socket. `first_ping`: when it sends its first ping. `None`: after the usual interval.
    pub(super) fn add_socket(&self, principal: &Principal, first_ping: Option<Instant>) -> (usize, u64) {
        let mut state = self.state();
        let is_early = first_ping.is_some();
        let first_ping = first_ping.unwrap_or_else(|| Instant::now() + self.ping_interval);
        let number = state.add_socket(principal, first_ping);
        if is_early {
            state.hasten_timer();
        }
        (number, state.log.end())
    }

    /// Removes a socket. Returns what the socket has not noticed yet, and whether it was the last one, with which the shard
    /// ends.
    pub(super) fn remove_socket(&self, number: usize) -> (Notice, bool) {
        let mut state = self.state();
        let notice = state.take_notice(number);
        let was_last = state.remove_socket(number);
        if was_last {
            self.request_wake(&mut state);
        }
        (notice, was_last)
    }

    /// Requests the wake-ups under the lock, so that a socket which begins to wait either sees the change or is woken.
    fn request_wake(&self, state: &mut ShardState) {
        self.advance_epoch();
        state.request_wake();
    }

    pub(super) fn advance_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    #[cfg(test)]
    pub(super) fn event_count(&self) -> usize {
        self.state().log.len()
    }
}
