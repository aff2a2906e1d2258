//! Settings of the consumer's cache.

use std::sync::Arc;
use std::time::Duration;

use crate::client::Clock;
use crate::gm::GmBuilder;

/// Settings of the consumer's cache.
impl GmBuilder {
    /// The most bytes that the answers kept by the cache may have, of all managers together; 64 MiB by default, and 0
    /// keeps none. The bytes are estimated from the rows' values.
    pub fn cache_capacity(mut self, bytes: u64) -> Self {
        self.client.cache.capacity = bytes;
        self
    }

    /// Keeps answers for this long.
    ///
    /// With websocket invalidation this comes on top of it, and there is none by default. Without it nothing is
    /// cached unless this is set, and what is served is then as old as this.
    pub fn cache_time_to_live(mut self, age: Duration) -> Self {
        self.client.cache.time_to_live = Some(age);
        self
    }

    /// For how long answers are kept, at most, where the owner does not promise that every change is told
    /// (`gm-events-1`): 30 s by default. Python owners don't.
    pub fn best_effort_time_to_live(mut self, age: Duration) -> Self {
        self.client.cache.best_effort_time_to_live = age;
        self
    }

    /// For how long answers are served, at most, after the last sign of life of the owner's websocket: twice the
    /// [`subscription_ping_interval`](Self::subscription_ping_interval) by default. Counted from the sending of the last ping that was answered,
    /// by a clock that goes on while the machine sleeps, where the system has one.
    pub fn max_staleness(mut self, age: Duration) -> Self {
        self.client.cache.max_staleness = Some(age);
        self
    }

    /// How often the websocket is pinged; 10 s by default, at least 10 ms and at most a year. After two intervals
    /// without an answer it is closed and opened anew.
    pub fn subscription_ping_interval(mut self, interval: Duration) -> Self {
        // A moment too far away would be none that a clock can name.
        self.client.cache.ping_interval = interval.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }

    /// Leaves the websockets to the application, which opens them with
    /// [`InvalidationClient`](crate::InvalidationClient), or has one of its own and hands over what it hears.
    pub fn manual_invalidation(mut self) -> Self {
        self.client.cache.manual_invalidation = true;
        self
    }

    /// The clock by which answers age, for tests.
    #[doc(hidden)]
    pub fn cache_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.client.cache.clock = clock;
        self
    }
}
