//! The pauses between two tries of what has to succeed one day: a websocket, a live query. (Backoff with jitter.)

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
/// After a refusal: permissions and deployments change, but not often.
#[cfg(feature = "client")]
const REFUSED: Duration = Duration::from_secs(60);
/// After a close that an owner sends to all of its consumers at once: 10,000 of them come back over 2.5 s.
#[cfg(feature = "client")]
const STOPPED: Duration = Duration::from_millis(2500);

/// Pauses that double from 100 ms to 30 s, each up to twice as long by chance, so that the consumers of an owner that
/// was restarted don't come all at once.
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: FIRST }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(LONGEST);
        with_jitter(pause)
    }

    /// The pause after the owner said that it stops, or can't serve anybody now.
    #[cfg(feature = "client")]
    pub(crate) fn after_shutdown(&mut self) -> Duration {
        self.next = self.next.max(STOPPED);
        self.next()
    }

    /// The pause after a refusal.
    #[cfg(feature = "client")]
    pub(crate) fn after_refusal(&mut self) -> Duration {
        with_jitter(REFUSED)
    }
}

/// This pause, up to twice as long by chance.
pub(crate) fn with_jitter(pause: Duration) -> Duration {
    let one = ExponentialBuilder::new()
        .with_min_delay(pause)
        .with_max_delay(pause)
        .with_jitter();
    one.build().next().unwrap_or(pause)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn spread(pause: impl Fn() -> Duration, least: Duration) {
        let pauses: Vec<_> = (0..100).map(|_| pause()).collect();
        assert!(
            pauses.iter().all(|pause| *pause >= least && *pause <= least * 2),
            "{pauses:?}"
        );
        let (first, last) = (pauses.iter().min(), pauses.iter().max());
        let width = last.zip(first).map(|(last, first)| *last - *first);
        assert!(width > Some(least / 2), "{width:?}");
    }

    #[test]
    fn no_pause_is_the_same_for_all() {
        spread(|| Backoff::new().next(), FIRST);
        spread(|| Backoff::new().after_refusal(), REFUSED);
        spread(|| Backoff::new().after_shutdown(), STOPPED);
    }

    #[test]
    fn pauses_grow_from_where_they_began() {
        for (first, mut pauses) in [(FIRST, Backoff::new()), (STOPPED, Backoff::new())] {
            let mut least = first;
            for _ in 0..20 {
                let pause = if first == STOPPED {
                    pauses.after_shutdown()
                } else {
                    pauses.next()
                };
                assert!(pause >= least && pause <= least * 2, "{pause:?}");
                least = (least * 2).min(LONGEST);
            }
        }
    }
}
