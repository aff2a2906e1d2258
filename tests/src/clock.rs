//! A clock that the test moves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gm_runtime::client::Clock;

/// A clock that the test moves. It begins at zero.
#[derive(Debug, Default)]
pub struct TestClock(AtomicU64);

impl TestClock {
    /// Moves the clock forward.
    ///
    /// # Panics
    /// After 584 years.
    #[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn advance(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap();
        self.0.fetch_add(nanoseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }
}
