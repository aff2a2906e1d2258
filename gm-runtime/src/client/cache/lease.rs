//! For how long an answer is served when nothing is heard.

use std::time::Duration;

use super::sync::{AtomicU64, Ordering};

/// A clock that goes on while the machine sleeps.
pub trait Clock: Send + Sync {
    /// The time since some fixed moment.
    fn now(&self) -> Duration;
}

/// The age that nothing reaches.
const FOREVER: u64 = u64::MAX;

/// How old the last sign of life of the subscription, and the answers themselves, may be. In nanoseconds of the
/// [`Clock`].
pub(crate) struct Lease {
    /// When the last ping was sent that was answered; [`FOREVER`] where there is no subscription to hear of.
    heard: AtomicU64,
    max_staleness: u64,
    max_age: AtomicU64,
}

impl Lease {
    /// A lease that needs no subscription, until it is [renewed](Self::renew).
    pub(crate) fn new(max_staleness: Duration) -> Self {
        Self {
            heard: AtomicU64::new(FOREVER),
            max_staleness: nanoseconds(max_staleness),
            max_age: AtomicU64::new(FOREVER),
        }
    }

    /// The other end answered what was sent at this time.
    pub(crate) fn renew(&self, sent: Duration) {
        self.heard.store(nanoseconds(sent), Ordering::Release);
    }

    /// There is no subscription to hear of.
    pub(crate) fn lift(&self) {
        self.heard.store(FOREVER, Ordering::Release);
    }

    /// Serves no answer that is older than this.
    pub(crate) fn limit_age(&self, age: Option<Duration>) {
        self.max_age
            .store(age.map_or(FOREVER, nanoseconds), Ordering::Release);
    }

    /// Whether the subscription was heard of lately.
    pub(crate) fn holds(&self, now: Duration) -> bool {
        // A difference below zero is none: nothing was heard from the future, and FOREVER is always ahead.
        nanoseconds(now).saturating_sub(self.heard.load(Ordering::Acquire)) <= self.max_staleness
    }

    /// How long ago the subscription was heard of.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        match self.heard.load(Ordering::Acquire) {
            FOREVER => None,
            heard => Some(now.saturating_sub(Duration::from_nanos(heard))),
        }
    }

    /// Whether an answer that was asked for at this time is young enough.
    pub(crate) fn allows_age(&self, asked: Duration, now: Duration) -> bool {
        nanoseconds(now.saturating_sub(asked)) <= self.max_age.load(Ordering::Acquire)
    }
}

/// 584 years of them, then no more.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(FOREVER)
}
