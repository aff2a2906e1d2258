//! How long answers are served after the last sign of life of the subscription.

use std::time::Duration;

use super::sync::{AtomicU64, Ordering};

/// A monotonic clock that continues while the machine sleeps.
pub trait Clock: Send + Sync {
    /// The time since a fixed moment.
    fn now(&self) -> Duration;
}

/// No limit, or no subscription.
const FOREVER: u64 = u64::MAX;

/// The limits on the age of the subscription's last sign of life and on the age of answers, and the end of the credential. In nanoseconds of the [`Clock`].
pub(crate) struct Lease {
    /// When the last answered ping was sent. [`FOREVER`] without a subscription.
    renewed: AtomicU64,
    max_staleness: u64,
    max_age: AtomicU64,
    /// When the caller's credential ends. [`FOREVER`] without an end.
    credential_ends: AtomicU64,
}

impl Lease {
    /// A lease without a subscription, which holds until it is [renewed](Self::renew) for the first time.
    pub(crate) fn new(max_staleness: Duration) -> Self {
        Self {
            renewed: AtomicU64::new(FOREVER),
            max_staleness: nanoseconds(max_staleness),
            max_age: AtomicU64::new(FOREVER),
            credential_ends: AtomicU64::new(FOREVER),
        }
    }

    /// The owner answered a ping that was sent at this time.
    pub(crate) fn renew(&self, sent: Duration) {
        self.renewed.store(nanoseconds(sent), Ordering::Release);
    }

    /// The subscription ended.
    pub(crate) fn release(&self) {
        self.renewed.store(FOREVER, Ordering::Release);
    }

    /// Sets the greatest age of an answer.
    pub(crate) fn limit_age(&self, age: Option<Duration>) {
        self.max_age
            .store(age.map_or(FOREVER, nanoseconds), Ordering::Release);
    }

    /// Sets when the credential of the requests ends.
    pub(crate) fn end_with_credential(&self, end: Option<Duration>) {
        self.credential_ends
            .store(end.map_or(FOREVER, nanoseconds), Ordering::Release);
    }

    /// Whether the credential of the requests has not ended.
    #[inline]
    pub(crate) fn credential_holds(&self, now: Duration) -> bool {
        nanoseconds(now) < self.credential_ends.load(Ordering::Acquire)
    }

    /// Whether the last sign of life is recent enough.
    #[inline]
    pub(crate) fn holds(&self, now: Duration) -> bool {
        // Saturates to zero without a subscription, since FOREVER is always in the future.
        nanoseconds(now).saturating_sub(self.renewed.load(Ordering::Acquire)) <= self.max_staleness
    }

    /// The time since the last sign of life. `None` without a subscription.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        match self.renewed.load(Ordering::Acquire) {
            FOREVER => None,
            renewed => Some(now.saturating_sub(Duration::from_nanos(renewed))),
        }
    }

    /// Whether an answer may have any age, since each change of its rows is known.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.max_age.load(Ordering::Acquire) == FOREVER
    }

    /// Whether an answer whose request was sent at this time is recent enough.
    #[inline]
    pub(crate) fn allows_age(&self, sent: Duration, now: Duration) -> bool {
        nanoseconds(now.saturating_sub(sent)) <= self.max_age.load(Ordering::Acquire)
    }
}

/// Saturates after 584 years.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(FOREVER)
}
