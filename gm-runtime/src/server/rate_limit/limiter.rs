//! One rate limit.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::{NotUntil, RateLimiter};

use super::clock::Clock;
use super::rate::RateLimit;
use super::table::Table;
use crate::error::Error;
use crate::protocol::failure::Failure;

/// A rate limit, and how much of it each caller has used.
pub(super) struct Limiter {
    limiter: RateLimiter<u128, Table, Clock, NoOpMiddleware<Nanos>>,
    /// How many requests may come at once.
    burst: NonZeroU32,
}

impl Limiter {
    /// A limiter with this limit. `setting` is the builder's method, for the error.
    pub(super) fn new(limit: RateLimit, setting: &str, clock: &Clock) -> Result<Self, Error> {
        let quota = limit.quota(setting)?;
        Ok(Self {
            limiter: RateLimiter::new(quota, Table::new(), clock.clone()),
            burst: quota.burst_size(),
        })
    }

    /// Counts a request of the caller with this key.
    ///
    /// # Errors
    /// `RateLimited` if it is one too many.
    pub(super) fn check(&self, key: u128) -> Result<(), Failure> {
        self.limiter
            .check_key(&key)
            .map_err(|refused| self.refusal(&refused))
    }

    /// Counts what a request of the caller with this key does, all or none: `more` besides the one that is counted already.
    ///
    /// # Errors
    /// `RateLimited` if they are too many now. An invalid request with the text of `too_many` if they are more than the burst, which
    /// is its argument, since no wait would help.
    pub(super) fn check_more(
        &self,
        key: u128,
        more: NonZeroU32,
        too_many: impl Fn(NonZeroU32) -> String,
    ) -> Result<(), Failure> {
        let too_many = || Failure::invalid(too_many(self.burst));
        if more >= self.burst {
            return Err(too_many());
        }
        match self.limiter.check_key_n(&key, more) {
            Ok(checked) => checked.map_err(|refused| self.refusal(&refused)),
            Err(_) => Err(too_many()),
        }
    }

    fn refusal(&self, refused: &NotUntil<Nanos>) -> Failure {
        let wait = refused.wait_time_from(self.limiter.clock().now());
        Failure::rate_limited(whole_seconds(wait))
    }
}

/// The time in seconds, rounded up, and at least 1.
fn whole_seconds(time: Duration) -> u32 {
    let started = u64::from(time.subsec_nanos() > 0);
    let seconds = time.as_secs().saturating_add(started).max(1);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
