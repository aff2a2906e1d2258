//! The setting of a rate limit.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

use crate::error::Error;

/// The longest time in which a used burst may be refilled.
const LONGEST_REFILL: Duration = Duration::from_secs(24 * 60 * 60);

/// A number of requests in a time, and how many of them may come at once.
///
/// A caller has a burst of requests, which is refilled evenly (generic cell rate algorithm, ITU-T I.371). A request beyond it is
/// answered 429, and its `Retry-After` says in how many seconds the next one is accepted. A refused request uses nothing up.
///
/// A batch counts as its operations. A query counts as one more for each read of another manager that its lookups through references
/// need.
///
/// # Defaults
/// The burst is the number of requests: `per_second(50)` lets 50 requests come at once, and then one each 20 ms.
///
/// # Errors
/// [`build`](crate::GmBuilder::build) refuses a limit or a burst of 0, and a burst that takes more than a day to be refilled.
///
/// ```
/// use gm_runtime::Gm;
/// use gm_runtime::server::RateLimit;
///
/// let builder = Gm::builder()
///     .rate_limit_per_address(RateLimit::per_second(200))
///     .rate_limit_per_principal(RateLimit::per_second(50).burst(100))
///     .rate_limit_of_subscriptions(RateLimit::per_minute(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a limit applies only if it is given to a method of `GmBuilder`"]
pub struct RateLimit {
    requests: u32,
    period: Duration,
    burst: u32,
}

impl RateLimit {
    /// This number of requests a second.
    pub const fn per_second(requests: u32) -> Self {
        Self {
            requests,
            period: Duration::from_secs(1),
            burst: requests,
        }
    }

    /// This number of requests a minute.
    pub const fn per_minute(requests: u32) -> Self {
        Self {
            requests,
            period: Duration::from_secs(60),
            burst: requests,
        }
    }

    /// The number of requests that may come at once, after a pause.
    pub const fn burst(mut self, requests: u32) -> Self {
        self.burst = requests;
        self
    }

    /// The limit for `governor`. `setting` is the builder's method, for the error.
    pub(super) fn quota(self, setting: &str) -> Result<Quota, Error> {
        let refused = |what: &str| Error::Configuration(format!("`{setting}` {what}"));
        let (Some(requests), Some(burst)) = (NonZeroU32::new(self.requests), NonZeroU32::new(self.burst))
        else {
            return Err(refused(
                "allows no request: its number and its burst must be at least 1, and without the setting there is no limit",
            ));
        };
        let interval = self.period / requests.get();
        if interval
            .checked_mul(burst.get())
            .is_none_or(|refill| refill > LONGEST_REFILL)
        {
            return Err(refused("has a burst that takes more than a day to be refilled"));
        }
        let quota = Quota::with_period(interval.max(Duration::from_nanos(1)));
        let quota = quota.ok_or_else(|| refused("has no period"))?;
        Ok(quota.allow_burst(burst))
    }
}
