//! The pulse of a loop: when it last began a turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::LoopHealth;

/// The loop has ended.
const ENDED: u64 = u64::MAX;

/// The pulse of a loop of a thread or task, which others read.
#[derive(Debug)]
pub(crate) struct Pulse {
    name: &'static str,
    /// The longest time that a loop without work waits between two turns.
    interval: Duration,
    start: Instant,
    /// The milliseconds from `start` to the last turn, or [`ENDED`].
    turned: AtomicU64,
}

/// The loop's end of its pulse. The loop has ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Beat(Arc<Pulse>);

impl Pulse {
    /// The pulse of a loop that begins now.
    pub(crate) fn new(name: &'static str, interval: Duration) -> (Arc<Self>, Beat) {
        let pulse = Arc::new(Self {
            name,
            interval,
            start: Instant::now(),
            turned: AtomicU64::new(0),
        });
        (Arc::clone(&pulse), Beat(pulse))
    }

    /// Whether the loop turns. `patience` is the longest time that a turn may take.
    pub(crate) fn health(&self, patience: Duration) -> LoopHealth {
        self.health_at(self.start.elapsed(), patience)
    }

    fn health_at(&self, now: Duration, patience: Duration) -> LoopHealth {
        let turned = self.turned.load(Ordering::Relaxed);
        let since_turn = now.saturating_sub(Duration::from_millis(turned));
        let longest = self.interval.saturating_add(patience);
        LoopHealth {
            name: self.name,
            turning: turned != ENDED && since_turn <= longest,
            since_turn: (turned != ENDED).then_some(since_turn),
        }
    }
}

impl Beat {
    /// The loop begins a turn.
    pub(crate) fn turn(&self) {
        let now = u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(ENDED - 1);
        self.0.turned.store(now, Ordering::Relaxed);
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.turned.store(ENDED, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Ordering, Pulse};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_loop_turns_until_a_turn_takes_too_long_or_it_ends() {
        let (pulse, beat) = Pulse::new("a loop", SECOND);
        let is_turning = |now| pulse.health_at(now, 9 * SECOND).turning;
        assert!(is_turning(10 * SECOND));
        assert!(!is_turning(10 * SECOND + Duration::from_millis(1)));
        pulse.turned.store(5_000, Ordering::Relaxed);
        assert!(is_turning(15 * SECOND));
        assert_eq!(
            pulse.health_at(16 * SECOND, 9 * SECOND).since_turn,
            Some(11 * SECOND)
        );
        beat.turn();
        assert!(pulse.health(Duration::ZERO).turning);
        drop(beat);
        let ended = pulse.health(Duration::MAX);
        assert!(!ended.turning && ended.since_turn.is_none());
    }
}
