//! The builder's methods for the consumer's cache.

use std::sync::Arc;
use std::time::Duration;

use crate::client::Clock;
use crate::gm::GmBuilder;

/// The consumer's cache.
impl GmBuilder {
    /// The most bytes of all cached answers of the handle. 64 MiB by default, and 0 turns the cache off.
    ///
    /// The bytes are estimated from the values of the rows.
    pub fn cache_capacity(mut self, bytes: u64) -> Self {
        self.client.cache.capacity = bytes;
        self
    }

    /// The greatest age of a cached answer. None by default.
    ///
    /// With websocket invalidation this is an additional limit. Without it, answers are cached only if this is set, and may then be
    /// stale for this long.
    pub fn cache_time_to_live(mut self, age: Duration) -> Self {
        self.client.cache.time_to_live = Some(age);
        self
    }

    /// The greatest age of a cached answer if the owner does not guarantee an event for each change (`gm-events-1`). 30 s by
    /// default.
    ///
    /// Python owners give no such guarantee.
    pub fn best_effort_time_to_live(mut self, age: Duration) -> Self {
        self.client.cache.best_effort_time_to_live = age;
        self
    }

    /// How long cached answers are served after the last sign of life of the owner's websocket. By default twice the
    /// [`subscription_ping_interval`](Self::subscription_ping_interval).
    ///
    /// The time begins when the last answered ping was sent. The clock continues while the machine sleeps, if the system has
    /// such a clock.
    pub fn max_staleness(mut self, age: Duration) -> Self {
        self.client.cache.max_staleness = Some(age);
        self
    }

    /// The interval of pings on the websocket. 10 s by default, at least 10 ms and at most a year.
    ///
    /// After two unanswered pings the websocket is closed and opened again.
    pub fn subscription_ping_interval(mut self, interval: Duration) -> Self {
        // A longer interval could exceed the range of the clock.
        self.client.cache.ping_interval = interval.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }

    /// Opens no websockets. The application opens them with [`InvalidationClient`](crate::InvalidationClient), or has its own
    /// and passes the events on with `handle_invalidation_event`.
    pub fn manual_invalidation(mut self) -> Self {
        self.client.cache.manual_invalidation = true;
        self
    }

    /// The clock for the age of answers, for tests.
    #[doc(hidden)]
    pub fn cache_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.client.cache.clock = clock;
        self
    }
}
