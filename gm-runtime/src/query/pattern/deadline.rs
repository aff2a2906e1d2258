//! The deadline for matching the patterns of a query.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::error::{Error, QueryError};

/// The time limit for matching the patterns of one query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternTimeLimit(pub(crate) Duration);

impl Default for PatternTimeLimit {
    fn default() -> Self {
        Self(Duration::from_secs(2))
    }
}

impl PatternTimeLimit {
    /// The deadline of a query that begins now.
    pub(crate) fn deadline(self) -> Deadline {
        Deadline(Some(Bound::starting_now(self.0)))
    }
}

/// The moment by which a query must have matched its patterns. `None` for a query without patterns or without a limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadline(Option<Bound>);

#[derive(Clone, Copy, Debug)]
struct Bound {
    // `None` where the moment exceeds the range of the clock.
    end: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    /// The same time limit, counted from now. The time that a query waits in a queue does not count.
    pub(crate) fn starting_now(self) -> Self {
        Self(self.0.map(|Bound { limit, .. }| Bound::starting_now(limit)))
    }
}

impl Bound {
    fn starting_now(limit: Duration) -> Self {
        let end = Instant::now().checked_add(limit);
        Self { end, limit }
    }
}

/// The error of a query whose patterns were not matched by the deadline.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the patterns of the query take too long")]
pub(crate) struct DeadlineExceeded {
    limit: Duration,
}

impl DeadlineExceeded {
    /// The error for the caller of the query.
    pub(crate) fn error(self, manager: &'static str) -> Error {
        Error::Query(QueryError::PatternTimeout {
            manager,
            limit: self.limit,
        })
    }
}

thread_local! {
    // Own storage and SQL functions carry no deadline to the place where patterns are matched. So the thread carries it.
    static CURRENT: Cell<(Deadline, Option<DeadlineExceeded>)> = const { Cell::new((Deadline(None), None)) };
}

/// The deadline of the query that this thread runs, for a query that moves to another thread.
pub(crate) fn current_deadline() -> Deadline {
    CURRENT.get().0
}

/// Runs a part of a query with its deadline.
///
/// # Errors
/// [`DeadlineExceeded`] if a pattern was not matched in time.
pub(crate) fn with_deadline<T>(deadline: Deadline, work: impl FnOnce() -> T) -> Result<T, DeadlineExceeded> {
    struct Restore((Deadline, Option<DeadlineExceeded>));
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _restore = Restore(CURRENT.replace((deadline, None)));
    let result = work();
    match CURRENT.get().1 {
        Some(exceeded) => Err(exceeded),
        None => Ok(result),
    }
}

/// Whether there is time left for matching.
pub(crate) fn check_deadline() -> Result<(), DeadlineExceeded> {
    match CURRENT.get() {
        (_, Some(exceeded)) => Err(exceeded),
        (Deadline(Some(Bound { end: Some(end), .. })), None) if Instant::now() >= end => exceed_deadline(),
        _ => Ok(()),
    }
}

/// Ends a match that would take too long, unless the query has no deadline.
pub(crate) fn exceed_deadline() -> Result<(), DeadlineExceeded> {
    match CURRENT.get() {
        (deadline @ Deadline(Some(Bound { limit, .. })), _) => {
            let exceeded = DeadlineExceeded { limit };
            CURRENT.set((deadline, Some(exceeded)));
            Err(exceeded)
        }
        _ => Ok(()),
    }
}
