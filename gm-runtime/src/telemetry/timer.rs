//! The duration of an operation.

use std::time::Instant;

use metrics::{Gauge, Histogram};

/// An operation that has begun, counted among those in progress until this is dropped.
pub(super) struct InProgress {
    active: Gauge,
    began: Instant,
}

impl InProgress {
    pub(super) fn begin(active: &Gauge) -> Self {
        active.increment(1.0);
        Self {
            active: active.clone(),
            began: Instant::now(),
        }
    }

    /// Records the duration so far.
    pub(super) fn record(&self, duration: &Histogram) {
        duration.record(self.began.elapsed());
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.active.decrement(1.0);
    }
}
