//! When a request was sent.

use std::time::Duration;

/// When the request of an answer was sent. Later stamps are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// The epoch of [`Validity`](super::Validity).
    pub(crate) epoch: u64,
    /// The time of the [`Clock`](super::Clock).
    pub(crate) time: Duration,
}
