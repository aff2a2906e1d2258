//! One rate limit.

use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;

use super::clock::Clock;
use super::rate::RateLimit;
use super::table::Table;
use crate::error::Error;
use crate::protocol::failure::Failure;

/// A rate limit, and how much of it each caller has used.
pub(super) struct Limiter(RateLimiter<u128, Table, Clock, NoOpMiddleware<Nanos>>);

impl Limiter {
    /// A limiter with this limit. `setting` is the builder's method, for the error.
    pub(super) fn new(limit: RateLimit, setting: &str, clock: &Clock) -> Result<Self, Error> {
        let quota = limit.quota(setting)?;
        Ok(Self(RateLimiter::new(quota, Table::new(), clock.clone())))
    }

    /// Counts a request of the caller with this key.
    ///
    /// # Errors
    /// `RateLimited` if it is one too many.
    pub(super) fn check(&self, key: u128) -> Result<(), Failure> {
        let Self(limiter) = self;
        let Err(refused) = limiter.check_key(&key) else {
            return Ok(());
        };
        let wait = refused.wait_time_from(limiter.clock().now());
        Err(Failure::rate_limited(whole_seconds(wait)))
    }
}

/// The time in seconds, rounded up, and at least 1.
fn whole_seconds(time: Duration) -> u32 {
    let started = u64::from(time.subsec_nanos() > 0);
    let seconds = time.as_secs().saturating_add(started).max(1);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
