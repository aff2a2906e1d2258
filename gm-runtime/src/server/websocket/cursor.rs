//! The position of a socket in the event log of its shard.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use actix_web::web::Bytes;
use tokio::time::Instant;

use super::shard::Shard;
use super::shard_state::{Notice, set_waker};
use crate::access::Principal;

/// The position of a socket in the event log of its shard.
///
/// It is small, since an event costs each socket mainly the time to fetch this memory.
#[derive(Debug)]
pub(super) struct Cursor {
    shard: Arc<Shard>,
    /// The number of the socket in the shard.
    socket: usize,
    /// The number of the event that is sent next.
    next: u64,
    /// The epoch in which the socket began to wait. `None` while it does not wait.
    waiting_since: Option<u64>,
    /// The waker that the shard has for the socket.
    waker: Option<Waker>,
    ping_is_due: bool,
}

/// What a socket sends next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    Event(Bytes),
    /// Events were discarded, since more waited than the log may hold.
    Refresh,
    /// The grants changed, so the socket enters its class anew.
    Reenter,
    Close(u16),
}

impl Cursor {
    /// The cursor of a new socket. It starts at the end of the log. `first_ping`: as in [`Shard::add_socket`].
    pub(super) fn new(shard: &Arc<Shard>, principal: &Principal, first_ping: Option<Instant>) -> Self {
        let (socket, next) = shard.add_socket(principal, first_ping);
        Self {
            shard: Arc::clone(shard),
            socket,
            next,
            waiting_since: None,
            waker: None,
            ping_is_due: false,
        }
    }

    /// The number of the event that is sent next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The number of the next event of the whole log. While the socket has to enter its class anew, no event of this log is
    /// sent any more, so nothing that follows this log may be sent.
    pub(super) fn log_end(&self) -> u64 {
        let state = self.shard.state();
        if state.is_retired {
            u64::MAX
        } else {
            state.log.end()
        }
    }

    /// Whether a ping is due. Returns true once for each ping.
    pub(super) fn take_ping(&mut self) -> bool {
        std::mem::take(&mut self.ping_is_due)
    }

    /// What the socket sends next. Wakes the socket for the next event, for a close, and when a ping is due.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<Outgoing> {
        let is_current = |waker: &Waker| waker.will_wake(context.waker());
        if self.waiting_since == Some(self.shard.epoch()) && self.waker.as_ref().is_some_and(is_current) {
            return Poll::Pending;
        }
        self.waiting_since = None;
        let mut state = self.shard.state();
        let notice = state.take_notice(self.socket);
        if let Some(code) = state.close_code.or(notice.close_code) {
            return Poll::Ready(Outgoing::Close(code));
        }
        self.ping_is_due |= notice.ping_is_due;
        if state.is_retired {
            return Poll::Ready(Outgoing::Reenter);
        }
        if state.log.is_discarded(self.next) {
            // Moved before the frame is written, so that a later event is sent after the refresh.
            self.next = state.log.end();
            return Poll::Ready(Outgoing::Refresh);
        }
        let event = state.log.get(self.next);
        self.next += u64::from(event.is_some());
        // The socket begins to wait with the last event, so the next poll needs no lock.
        if self.next == state.log.end() {
            let epoch = self.shard.epoch();
            state.wait(self.socket, epoch, context.waker());
            self.waiting_since = Some(epoch);
            set_waker(&mut self.waker, context.waker());
        }
        event.map_or(Poll::Pending, |event| Poll::Ready(Outgoing::Event(event)))
    }

    /// Whether the cursor is in this shard.
    pub(super) fn is_in(&self, shard: &Arc<Shard>) -> bool {
        Arc::ptr_eq(&self.shard, shard)
    }

    /// When the socket sends its next ping. `None` if it has left its shard.
    pub(super) fn next_ping(&self) -> Option<Instant> {
        self.shard.state().next_ping(self.socket)
    }

    /// Adds what the socket has not noticed at its last place.
    pub(super) fn take_over(&mut self, notice: &Notice, last: &Self) {
        self.ping_is_due |= notice.ping_is_due || last.ping_is_due;
    }

    /// Removes the socket from its shard. Returns what the socket has not noticed yet, and whether it was the last one, with
    /// which the shard ends.
    pub(super) fn leave(&self) -> (Notice, bool) {
        self.shard.remove_socket(self.socket)
    }
}
