//! The settings of the cache.

use std::sync::Arc;
use std::time::Duration;

use super::Clock;
use super::clock::SystemClock;
use crate::error::Error;

/// The settings of the cache and its subscriptions, as the builder collects them.
pub(crate) struct CacheSettings {
    pub(crate) capacity: u64,
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) best_effort_time_to_live: Duration,
    pub(crate) max_staleness: Option<Duration>,
    pub(crate) ping_interval: Duration,
    pub(crate) manual_invalidation: bool,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            capacity: 64 * 1024 * 1024,
            time_to_live: None,
            best_effort_time_to_live: Duration::from_secs(30),
            max_staleness: None,
            ping_interval: Duration::from_secs(10),
            manual_invalidation: false,
            clock: Arc::new(SystemClock),
        }
    }
}

impl CacheSettings {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.ping_interval < Duration::from_millis(10) {
            return Err(Error::Configuration(
                "`subscription_ping_interval` is below 10 ms, so a subscription would do little but ping; choose a longer one".to_owned(),
            ));
        }
        if self.max_staleness() < self.ping_interval {
            return Err(Error::Configuration(
                "`max_staleness` is shorter than `subscription_ping_interval`, so the cache would be off between two pings; choose it \
                 at least twice as long"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    pub(crate) fn max_staleness(&self) -> Duration {
        self.max_staleness
            .unwrap_or_else(|| self.ping_interval.saturating_mul(2))
    }
}
