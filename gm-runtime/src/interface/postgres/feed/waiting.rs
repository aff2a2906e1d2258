//! The notifications that wait to be published.

use std::collections::VecDeque;

use super::dispatch::Received;

/// The most notifications that wait. The further ones are a refresh of everything.
const MAX_TEXTS: usize = 10_000;

/// The most bytes of their texts.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The notifications that wait to be published, in their order.
#[derive(Default)]
pub(super) struct Waiting {
    texts: VecDeque<Received>,
    bytes: usize,
    has_overflowed: bool,
}

impl Waiting {
    /// Adds a notification behind the others. If they are too many, all of them are dropped.
    pub(super) fn add(&mut self, received: Received) {
        self.bytes = self.bytes.saturating_add(received.text.len());
        self.texts.push_back(received);
        // A single one is published at once.
        if self.texts.len() > MAX_TEXTS || (self.bytes > MAX_BYTES && self.texts.len() > 1) {
            self.texts.clear();
            self.bytes = 0;
            self.has_overflowed = true;
        }
    }

    /// Takes the first one.
    pub(super) fn take_first(&mut self) -> Option<Received> {
        let received = self.texts.pop_front()?;
        self.bytes = self.bytes.saturating_sub(received.text.len());
        Some(received)
    }

    /// Returns the first one, which still has to wait.
    pub(super) fn return_first(&mut self, received: Received) {
        self.bytes = self.bytes.saturating_add(received.text.len());
        self.texts.push_front(received);
    }

    /// Whether some were dropped since the last call.
    pub(super) fn take_overflow(&mut self) -> bool {
        std::mem::take(&mut self.has_overflowed)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_TEXTS, Received, Waiting};

    fn received(length: usize) -> Received {
        Received {
            text: "x".repeat(length),
            is_own: false,
        }
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes() {
        for (length, most) in [(1, MAX_TEXTS), (7_999, MAX_BYTES / 7_999), (MAX_BYTES, 1)] {
            let mut waiting = Waiting::default();
            for _ in 0..most {
                waiting.add(received(length));
            }
            assert!(!waiting.take_overflow(), "{length}");
            let first = waiting.take_first();
            assert!(first.as_ref().is_some_and(|first| first.text.len() == length));
            first.into_iter().for_each(|first| waiting.return_first(first));
            assert_eq!(waiting.bytes, length * most, "{length}");
            waiting.add(received(length));
            assert!(waiting.take_overflow() && !waiting.take_overflow(), "{length}");
            assert!(waiting.take_first().is_none() && waiting.bytes == 0, "{length}");
        }
    }
}
