//! Exponential backoff with jitter, for operations that are retried without end: a websocket, a live query.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

const FIRST: Duration = Duration::from_millis(100);
const MAX: Duration = Duration::from_secs(30);
const SHORT_MAX: Duration = Duration::from_secs(1);
/// The delays between two calls of a provider whose credentials an owner rejects.
const REJECTED: Duration = Duration::from_secs(10);
const REJECTED_MAX: Duration = Duration::from_secs(300);
/// The delay after a refusal, which only a new deployment or a new permission resolves.
const REFUSED: Duration = Duration::from_secs(60);
/// The least delay after an owner closed all of its websockets at once. Jitter spreads 10,000 consumers over 2.5 s.
const SHUTDOWN: Duration = Duration::from_millis(2500);

/// A series of delays that double from 100 ms to 30 s. Jitter adds up to the same time again, so that the consumers of an
/// owner that was restarted do not reconnect all at once.
pub(crate) struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self {
            next: FIRST,
            max: MAX,
        }
    }

    /// A series of delays that double from 100 ms to a second: for a server of this service's own, on which every request waits.
    pub(crate) fn short() -> Self {
        Self {
            next: FIRST,
            max: SHORT_MAX,
        }
    }

    /// A series of delays that double from 10 s to five minutes, plus jitter: for the calls of a provider whose credentials an
    /// owner rejects.
    pub(crate) fn of_rejections() -> Self {
        Self {
            next: REJECTED,
            max: REJECTED_MAX,
        }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let delay = self.next;
        self.next = delay.saturating_mul(2).min(self.max);
        with_jitter(delay)
    }

    /// The delay after the owner closed the connection because it shuts down or is overloaded.
    pub(crate) fn after_shutdown(&mut self) -> Duration {
        self.next = self.next.max(SHUTDOWN);
        self.next()
    }

    /// The delay after the owner refused the connection.
    pub(crate) fn after_refusal(&mut self) -> Duration {
        with_jitter(REFUSED)
    }
}

/// The delay plus a random part of it, so at most twice the delay.
pub(crate) fn with_jitter(delay: Duration) -> Duration {
    let one = ExponentialBuilder::new()
        .with_min_delay(delay)
        .with_max_delay(delay)
        .with_jitter();
    one.build().next().unwrap_or(delay)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn assert_spread(delay: impl Fn() -> Duration, least: Duration) {
        let delays: Vec<_> = (0..100).map(|_| delay()).collect();
        assert!(
            delays.iter().all(|delay| *delay >= least && *delay <= least * 2),
            "{delays:?}"
        );
        let (first, last) = (delays.iter().min(), delays.iter().max());
        let width = last.zip(first).map(|(last, first)| *last - *first);
        assert!(width > Some(least / 2), "{width:?}");
    }

    #[test]
    fn delays_are_spread_by_jitter() {
        assert_spread(|| Backoff::new().next(), FIRST);
        assert_spread(|| Backoff::new().after_refusal(), REFUSED);
        assert_spread(|| Backoff::new().after_shutdown(), SHUTDOWN);
    }

    #[test]
    fn delays_double_up_to_the_maximum() {
        for (first, mut backoff) in [(FIRST, Backoff::new()), (SHUTDOWN, Backoff::new())] {
            let mut least = first;
            for _ in 0..20 {
                let delay = if first == SHUTDOWN {
                    backoff.after_shutdown()
                } else {
                    backoff.next()
                };
                assert!(delay >= least && delay <= least * 2, "{delay:?}");
                least = (least * 2).min(MAX);
            }
        }
    }
}
