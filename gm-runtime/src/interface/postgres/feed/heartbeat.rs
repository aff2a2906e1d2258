//! The heartbeat of the change feed: notifications that its session sends to itself through the database.
//!
//! A connection whose server process is stopped stays open, and TCP reports nothing. Postgres sends all notifications of a
//! session in one order. So a heartbeat that is received proves that every notification before it was received.

use std::time::Duration;

use tokio::time::Instant;

/// The heartbeats that were sent and received.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    number: u64,
    /// When the last heartbeat was sent, until it is received.
    sent: Option<Instant>,
    next: Instant,
    /// Everything that was committed before is received.
    complete_until: Instant,
}

impl Heartbeat {
    /// The first heartbeat is due now.
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            interval,
            number: 0,
            sent: None,
            next: now,
            complete_until: now,
        }
    }

    /// The number of a heartbeat to send now, if one is due.
    pub(super) fn send(&mut self, now: Instant) -> Option<u64> {
        if self.sent.is_some() || now < self.next {
            return None;
        }
        Some(self.send_now(now))
    }

    /// The number of a heartbeat to send now. An earlier one is not waited for any more.
    pub(super) fn send_now(&mut self, now: Instant) -> u64 {
        self.number = self.number.saturating_add(1);
        self.sent = Some(now);
        self.next = now + self.interval;
        self.number
    }

    /// A heartbeat was received. Returns whether it is the last that was sent.
    pub(super) fn received(&mut self, number: u64) -> bool {
        if number != self.number {
            return false;
        }
        let Some(sent) = self.sent.take() else {
            return false;
        };
        self.complete_until = sent;
        true
    }

    /// Whether a heartbeat was sent that is not received yet.
    pub(super) fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// When the feed is lost unless a heartbeat is received before: two intervals after the last one that was.
    pub(super) fn deadline(&self) -> Instant {
        self.complete_until + self.interval.saturating_mul(2)
    }

    /// When to call [`send`](Self::send) or to check the deadline.
    pub(super) fn due(&self) -> Instant {
        match self.sent {
            Some(_) => self.deadline(),
            None => self.next.min(self.deadline()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::{Duration, Heartbeat, Instant};

    const INTERVAL: Duration = Duration::from_secs(2);

    #[test]
    fn the_feed_is_complete_until_the_last_received_heartbeat_was_sent() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(INTERVAL, start);
        assert_eq!(heartbeat.send(start), Some(1));
        assert_eq!(heartbeat.deadline(), start + 2 * INTERVAL);
        // One at a time: a second one would not be sooner.
        assert_eq!(heartbeat.send(start + INTERVAL), None);
        assert!(heartbeat.received(1));
        assert_eq!(heartbeat.deadline(), start + 2 * INTERVAL);
        let second = start + INTERVAL;
        assert_eq!(heartbeat.due(), second);
        assert_eq!(heartbeat.send(second), Some(2));
        assert_eq!(heartbeat.due(), start + 2 * INTERVAL);
        assert!(heartbeat.received(2));
        assert_eq!(heartbeat.deadline(), second + 2 * INTERVAL);
    }

    #[test]
    fn only_the_heartbeat_that_was_sent_last_counts() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(INTERVAL, start);
        assert!(!heartbeat.received(0));
        assert_eq!(heartbeat.send(start), Some(1));
        assert!(!heartbeat.received(7));
        assert_eq!(heartbeat.send_now(start + INTERVAL), 2);
        assert!(!heartbeat.received(1));
        assert!(heartbeat.received(2));
        assert!(!heartbeat.received(2), "received twice");
        assert_eq!(heartbeat.deadline(), start + 3 * INTERVAL);
    }
}
