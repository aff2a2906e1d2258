//! The pauses between two tries of what has to succeed one day: a websocket, a live query.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
/// After a refusal: permissions and deployments change, but not often.
#[cfg(feature = "client")]
const REFUSED: Duration = Duration::from_secs(60);

/// Pauses that double from 100 ms to 30 s, each up to twice as long by chance, so that the consumers of an owner that
/// was restarted don't come all at once.
pub(crate) struct Pauses {
    growing: ExponentialBackoff,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Self {
            growing: ExponentialBuilder::new()
                .with_min_delay(FIRST)
                .with_max_delay(LONGEST)
                .with_factor(2.0)
                .with_jitter()
                .without_max_times()
                .build(),
        }
    }

    pub(crate) fn next(&mut self) -> Duration {
        self.growing.next().unwrap_or(LONGEST)
    }

    #[cfg(feature = "client")]
    pub(crate) fn after_refusal(&mut self) -> Duration {
        self.next().max(REFUSED)
    }
}
