//! The last notifications, in their order.
//!
//! Every replica receives the same notifications in the same order. So a consumer that names the last event that it received
//! can be given what followed it, by any replica.

use std::collections::VecDeque;

use uuid::Uuid;

/// The most notifications.
const MAX_EVENTS: usize = 10_000;

/// The most bytes of their payloads.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The last notifications without a gap.
#[derive(Debug, Default)]
pub(super) struct History {
    events: VecDeque<(Uuid, Box<str>)>,
    bytes: usize,
}

impl History {
    /// Adds the payload of an event. The oldest ones are dropped, as far as they exceed the limits.
    pub(super) fn add(&mut self, event: Uuid, payload: Box<str>) {
        self.bytes = self.bytes.saturating_add(payload.len());
        self.events.push_back((event, payload));
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some((_, payload)) = self.events.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(payload.len());
        }
    }

    /// Drops everything, since notifications may be missing from now on.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::{History, MAX_BYTES, MAX_EVENTS, Uuid};

    #[test]
    fn the_history_is_bounded_in_events_and_in_bytes() {
        let mut history = History::default();
        for number in 0..=MAX_EVENTS {
            history.add(Uuid::from_u128(number as u128), "x".into());
        }
        assert_eq!((history.events.len(), history.bytes), (MAX_EVENTS, MAX_EVENTS));
        assert_eq!(history.events.front().map(|(event, _)| event.as_u128()), Some(1));
        let long: Box<str> = "x".repeat(7_900).into();
        for number in 0..2_000 {
            history.add(Uuid::from_u128(number), long.clone());
        }
        assert!(history.bytes <= MAX_BYTES && history.bytes > MAX_BYTES - 7_900);
        history.clear();
        assert_eq!((history.events.len(), history.bytes), (0, 0));
    }
}
