//! A gate before the reading threads: the writer closes it to restart the write-ahead log.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts the reads that run on the reading threads, and delays new ones while it is closed.
#[derive(Default)]
pub(super) struct ReadGate {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    running: usize,
    /// When the gate opens by itself, in case the writer is late to open it.
    closed_until: Option<Instant>,
}

/// A running read.
pub(super) struct RunningRead<'g>(&'g ReadGate);

impl ReadGate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a read once the gate is open.
    pub(super) fn enter(&self) -> RunningRead<'_> {
        let mut state = self.state();
        while let Some(until) = state.closed_until {
            let remaining = until.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                break;
            }
            let waited = self.opened.wait_timeout(state, remaining);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.running += 1;
        RunningRead(self)
    }

    pub(super) fn close(&self, longest: Duration) {
        self.state().closed_until = Some(Instant::now() + longest);
    }

    pub(super) fn open(&self) {
        self.state().closed_until = None;
        self.opened.notify_all();
    }

    pub(super) fn is_idle(&self) -> bool {
        self.state().running == 0
    }
}

impl Drop for RunningRead<'_> {
    fn drop(&mut self) {
        self.0.state().running -= 1;
    }
}
