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
    /// The running reads that outlasted the last delay.
    outlasting: usize,
    /// The number of delays that reads outlasted.
    outlasted_delays: u64,
    /// When the gate opens by itself, in case the writer is late to open it.
    closed_until: Option<Instant>,
}

/// A running read.
pub(super) struct RunningRead<'g> {
    gate: &'g ReadGate,
    /// The number of outlasted delays when it started.
    outlasted_delays: u64,
}

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
        RunningRead {
            gate: self,
            outlasted_delays: state.outlasted_delays,
        }
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

    /// Records that the running reads outlasted a delay.
    pub(super) fn record_outlasted(&self) {
        let mut state = self.state();
        state.outlasted_delays = state.outlasted_delays.wrapping_add(1);
        state.outlasting = state.running;
    }

    /// Whether a read still runs that outlasted the last delay. It may outlast the next one too.
    pub(super) fn has_outlasting(&self) -> bool {
        self.state().outlasting > 0
    }
}

impl Drop for RunningRead<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.running -= 1;
        if self.outlasted_delays != state.outlasted_delays {
            state.outlasting = state.outlasting.saturating_sub(1);
        }
    }
}
