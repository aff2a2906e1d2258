//! Rate limits: how many requests a caller may send in a time.
//!
//! Reasons: `docs/design/server.md`, "Rate limits".

mod clock;
mod key;
mod limiter;
mod limits;
mod rate;
mod table;
#[cfg(test)]
mod tests;

pub use rate::RateLimit;

pub(crate) use limits::{RateLimitSettings, RateLimits};
