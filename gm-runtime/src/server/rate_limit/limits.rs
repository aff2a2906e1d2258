//! The rate limits of a handle.

use std::net::IpAddr;
use std::num::NonZeroU32;

use super::clock::Clock;
use super::key::Keys;
use super::limiter::Limiter;
use super::rate::RateLimit;
use crate::access::Principal;
use crate::error::Error;
use crate::protocol::failure::Failure;

/// The rate limits of a handle, as the builder collects them.
#[derive(Default)]
pub(crate) struct RateLimitSettings {
    pub(crate) per_address: Option<RateLimit>,
    pub(crate) per_principal: Option<RateLimit>,
    pub(crate) of_subscriptions: Option<RateLimit>,
    pub(crate) clock: Clock,
}

/// The rate limits of a handle. A request that is refused by a limit has an error with the time of the next attempt.
pub(crate) struct RateLimits {
    keys: Keys,
    per_address: Option<Limiter>,
    per_principal: Option<Limiter>,
    of_subscriptions: Option<Limiter>,
}

impl RateLimits {
    pub(crate) fn new(settings: &RateLimitSettings) -> Result<Self, Error> {
        let limiter = |limit: Option<RateLimit>, setting| {
            limit
                .map(|limit| Limiter::new(limit, setting, &settings.clock))
                .transpose()
        };
        Ok(Self {
            keys: Keys::new(),
            per_address: limiter(settings.per_address, "rate_limit_per_address")?,
            per_principal: limiter(settings.per_principal, "rate_limit_per_principal")?,
            of_subscriptions: limiter(settings.of_subscriptions, "rate_limit_of_subscriptions")?,
        })
    }

    /// Counts a request whose caller is not known yet.
    pub(crate) fn check_address(&self, address: impl FnOnce() -> Option<IpAddr>) -> Result<(), Failure> {
        let Some(limiter) = &self.per_address else {
            return Ok(());
        };
        limiter.check(self.keys.address(address()))
    }

    /// Counts a request of this caller.
    pub(crate) fn check_principal(
        &self,
        principal: &Principal,
        address: impl FnOnce() -> Option<IpAddr>,
    ) -> Result<(), Failure> {
        let Some(limiter) = &self.per_principal else {
            return Ok(());
        };
        limiter.check(self.keys.principal(principal, address))
    }

    /// Counts the operations of a batch, whose request is counted already.
    ///
    /// # Errors
    /// `RateLimited`. An invalid request, if a limit never permits so many at once.
    pub(crate) fn check_batch(
        &self,
        operations: usize,
        principal: &Principal,
        address: impl Fn() -> Option<IpAddr>,
    ) -> Result<(), Failure> {
        let too_many =
            |burst| format!("the rate limit permits {burst} operations at once, so a batch can't have more");
        self.check_more(operations.saturating_sub(1), too_many, principal, address)
    }

    /// Counts the reads of other managers that a query needs, whose request is counted already.
    ///
    /// # Errors
    /// Those of [`check_batch`](Self::check_batch).
    pub(crate) fn check_reads(
        &self,
        reads: usize,
        principal: &Principal,
        address: impl Fn() -> Option<IpAddr>,
    ) -> Result<(), Failure> {
        let too_many = |burst| {
            format!(
                "the rate limit permits {burst} reads at once, and each reference of a lookup is one: use fewer of them"
            )
        };
        self.check_more(reads, too_many, principal, address)
    }

    fn check_more(
        &self,
        more: usize,
        too_many: impl Fn(NonZeroU32) -> String,
        principal: &Principal,
        address: impl Fn() -> Option<IpAddr>,
    ) -> Result<(), Failure> {
        let Some(more) = NonZeroU32::new(u32::try_from(more).unwrap_or(u32::MAX)) else {
            return Ok(());
        };
        if let Some(limiter) = &self.per_address {
            limiter.check_more(self.keys.address(address()), more, &too_many)?;
        }
        let Some(limiter) = &self.per_principal else {
            return Ok(());
        };
        limiter.check_more(self.keys.principal(principal, address), more, &too_many)
    }

    /// Counts a handshake of this caller.
    pub(crate) fn check_subscription(
        &self,
        principal: &Principal,
        address: impl Fn() -> Option<IpAddr>,
    ) -> Result<(), Failure> {
        self.check_principal(principal, &address)?;
        let Some(limiter) = &self.of_subscriptions else {
            return Ok(());
        };
        limiter.check(self.keys.principal(principal, address))
    }
}
