//! The clock of the rate limits.

use std::time::Instant;

use governor::clock;
use governor::nanos::Nanos;

/// The time since the handle was built. Tests advance it themselves.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    System(Instant),
    #[cfg(test)]
    Fake(clock::FakeRelativeClock),
}

impl Default for Clock {
    fn default() -> Self {
        Self::System(Instant::now())
    }
}

impl clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        match self {
            Self::System(start) => u64::try_from(start.elapsed().as_nanos())
                .unwrap_or(u64::MAX)
                .into(),
            #[cfg(test)]
            Self::Fake(clock) => clock.now(),
        }
    }
}
