//! The events that the sockets of one thread have yet to send.

use std::collections::VecDeque;

use actix_web::web::Bytes;

/// The bytes that the log may hold for each event of its capacity. A typical event has 300.
const BYTES_PER_EVENT: usize = 1024;

/// The capacity that an empty log may retain.
const RETAINED_CAPACITY: usize = 16;

/// A bounded log of encoded events, which the sockets of one thread share.
///
/// The events are numbered from 0. A socket has no queue of its own, only the number of the event that it sends next.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    events: VecDeque<Bytes>,
    /// The bytes of these events.
    bytes: usize,
    /// The number of the first of these events.
    first: u64,
}

impl EventLog {
    /// Adds an event, and discards the oldest ones over the capacity.
    pub(super) fn push(&mut self, event: Bytes, capacity: usize) {
        self.bytes = self.bytes.saturating_add(event.len());
        self.events.push_back(event);
        let max_bytes = capacity.saturating_mul(BYTES_PER_EVENT);
        while self.events.len() > capacity || self.bytes > max_bytes {
            let Some(discarded) = self.events.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(discarded.len());
            self.first += 1;
        }
    }

    /// The number of the next event.
    pub(super) fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    /// Whether the event of this number was discarded.
    pub(super) fn is_discarded(&self, number: u64) -> bool {
        number < self.first
    }

    /// The event of this number, if it is in the log.
    pub(super) fn get(&self, number: u64) -> Option<Bytes> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.events.get(index).cloned()
    }

    /// Discards all events.
    pub(super) fn clear(&mut self) {
        self.first = self.end();
        self.events.clear();
        self.bytes = 0;
        if self.events.capacity() > RETAINED_CAPACITY {
            self.events = VecDeque::new();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }
}
