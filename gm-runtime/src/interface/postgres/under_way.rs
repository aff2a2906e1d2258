//! The statements that are under way in a pipelined session.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The statements that are under way in a pipelined session. The server carries them out in their order.
#[derive(Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<Statements>>);

#[derive(Default)]
struct Statements {
    /// Their numbers, the first one first.
    numbers: VecDeque<u64>,
    /// The number of statements so far.
    count: u64,
    /// Since when the first one is the first.
    first_since: Option<Instant>,
}

/// A statement that is under way, until it is dropped.
pub(super) struct Ticket {
    number: u64,
    under_way: UnderWay,
}

impl UnderWay {
    fn statements(&self) -> MutexGuard<'_, Statements> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a statement, unless so many are under way, or the first one takes so long.
    pub(super) fn begin(&self, max: usize, longest: Duration) -> Option<Ticket> {
        let mut statements = self.statements();
        if statements.numbers.len() >= max
            || statements
                .first_since
                .is_some_and(|since| since.elapsed() >= longest)
        {
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

impl Ticket {
    /// Whether the server carries out this statement, since none is before it.
    pub(super) fn is_first(&self) -> bool {
        self.under_way.statements().numbers.front() == Some(&self.number)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut statements = self.under_way.statements();
        statements.numbers.retain(|number| *number != self.number);
        statements.first_since = (!statements.numbers.is_empty()).then(Instant::now);
    }
}
