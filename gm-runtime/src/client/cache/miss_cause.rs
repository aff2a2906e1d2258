//! Why reads were not answered from the cache.

use std::array::from_fn;

use super::counters::Counter;
use super::lease::Lease;
use super::{Reach, Stamp, Validity};

/// Why a read was not answered from the cache, for [`CacheStats::causes`](super::CacheStats::causes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissCause {
    /// There was no answer: it was never read, or evicted for lack of memory.
    Absent,
    /// The read was to be fresh.
    Fresh,
    /// The subscription was not live.
    NotLive,
    /// The subscription became live after the answer was read.
    Reconnect,
    /// No ping was answered for longer than `max_staleness`.
    Lease,
    /// The credential had ended.
    Credential,
    /// The answer was older than `cache_time_to_live` or `best_effort_time_to_live`.
    Age,
    /// All rows were invalidated since: by a refresh, or by a write whose rows are not known.
    Refresh,
    /// The row, or any row of the list, was changed since: by an event, or by a write of this process.
    Change,
}

impl MissCause {
    /// All causes, in the order of the counters.
    pub(crate) const ALL: [Self; 9] = [
        Self::Absent,
        Self::Fresh,
        Self::NotLive,
        Self::Reconnect,
        Self::Lease,
        Self::Credential,
        Self::Age,
        Self::Refresh,
        Self::Change,
    ];

    /// The cause as one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Fresh => "fresh",
            Self::NotLive => "not_live",
            Self::Reconnect => "reconnect",
            Self::Lease => "lease",
            Self::Credential => "credential",
            Self::Age => "age",
            Self::Refresh => "refresh",
            Self::Change => "change",
        }
    }

    /// Why an answer with this stamp can't be served. Something may have changed since that was decided.
    pub(super) fn of_stamp(
        validity: &Validity,
        lease: &Lease,
        reach: Reach,
        stamp: Stamp,
        now: std::time::Duration,
    ) -> Self {
        let [open, all, _] = validity.invalidations(reach);
        match () {
            () if !validity.is_open() => Self::NotLive,
            () if !lease.credential_holds(now) => Self::Credential,
            () if !lease.holds(now) => Self::Lease,
            () if stamp.epoch < open => Self::Reconnect,
            () if stamp.epoch < all => Self::Refresh,
            () if !lease.allows_age(stamp.time, now) => Self::Age,
            () => Self::Change,
        }
    }
}

/// The misses by cause.
#[derive(Debug)]
pub(super) struct MissCounters([Counter; MissCause::ALL.len()]);

impl Default for MissCounters {
    fn default() -> Self {
        Self(from_fn(|_| Counter::default()))
    }
}

impl MissCounters {
    pub(super) fn add(&self, cause: MissCause) {
        let place = MissCause::ALL.iter().position(|known| *known == cause);
        if let Some(counter) = place.and_then(|place| self.0.get(place)) {
            counter.add();
        }
    }

    /// The numbers, in the order of the causes.
    pub(super) fn numbers(&self) -> [u64; MissCause::ALL.len()] {
        from_fn(|place| self.0.get(place).map_or(0, Counter::get))
    }
}
