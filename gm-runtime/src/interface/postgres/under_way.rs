//! The statements that are under way in a pipelined session.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The statements that are under way in a pipelined session. The server carries them out in their order.
#[derive(Clone)]
pub(super) struct UnderWay(Arc<Mutex<Statements>>);

struct Statements {
    /// Their numbers, the first one first.
    numbers: VecDeque<u64>,
    /// The number of statements so far.
    count: u64,
    /// Since when the first one is the first.
    first_since: Option<Instant>,
    /// How long a statement has been the first one of late.
    usual: Duration,
}

/// The usual time of a statement before the first one.
const EXPECTED: Duration = Duration::from_millis(1);
/// The most that one statement counts for, so that quick ones are soon usual again.
const LONGEST_USUAL: Duration = Duration::from_millis(10);

/// A statement that is under way, until it is dropped.
pub(super) struct Ticket {
    number: u64,
    under_way: UnderWay,
}

impl Default for UnderWay {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Statements {
            numbers: VecDeque::new(),
            count: 0,
            first_since: None,
            usual: EXPECTED,
        })))
    }
}

impl UnderWay {
    fn statements(&self) -> MutexGuard<'_, Statements> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a statement, unless it would have to wait this long for those before it.
    pub(super) fn begin(&self, longest: Duration) -> Option<Ticket> {
        let mut statements = self.statements();
        let before = u32::try_from(statements.numbers.len()).unwrap_or(u32::MAX);
        if statements.usual.saturating_mul(before) >= longest || statements.first_for() >= longest {
            return None;
        }
        statements.first_since.get_or_insert_with(Instant::now);
        statements.count += 1;
        let number = statements.count;
        statements.numbers.push_back(number);
        drop(statements);
        Some(Ticket {
            number,
            under_way: self.clone(),
        })
    }
}

impl Statements {
    /// How long the first statement has been the first.
    fn first_for(&self) -> Duration {
        self.first_since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl Ticket {
    /// Whether the server carries out this statement, since none is before it.
    pub(super) fn is_first(&self) -> bool {
        self.under_way.statements().numbers.front() == Some(&self.number)
    }

    /// How long the first statement has been the first.
    pub(super) fn first_for(&self) -> Duration {
        self.under_way.statements().first_for()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut statements = self.under_way.statements();
        if statements.numbers.front() == Some(&self.number) {
            let took = statements.first_for().min(LONGEST_USUAL);
            statements.usual = (statements.usual * 7 + took) / 8;
            statements.first_since = (statements.numbers.len() > 1).then(Instant::now);
        }
        statements.numbers.retain(|number| *number != self.number);
    }
}
