//! The time that the patterns of a query may take.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::error::{Error, QueryError};

/// How long a query may match patterns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternTime(pub(crate) Duration);

impl Default for PatternTime {
    fn default() -> Self {
        Self(Duration::from_secs(2))
    }
}

impl PatternTime {
    /// That of a query that begins now.
    pub(crate) fn until(self) -> Until {
        Until(Some(Bound::starting_now(self.0)))
    }
}

/// When a query must have matched its patterns; whenever, for one that has none or that nobody bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Until(Option<Bound>);

#[derive(Clone, Copy, Debug)]
struct Bound {
    // Absent where it is beyond what a clock can name.
    end: Option<Instant>,
    limit: Duration,
}

impl Until {
    /// As long, from now on: what it waited until somebody works on it was not its own.
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

/// The patterns of a query were not matched in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the patterns of the query take too long")]
pub(crate) struct TooLate {
    limit: Duration,
}

impl TooLate {
    pub(crate) fn of(self, manager: &'static str) -> Error {
        Error::Query(QueryError::PatternTime {
            manager,
            limit: self.limit,
        })
    }
}

thread_local! {
    // What is matched lies behind interfaces of applications and behind SQL, which carry no deadline: so the thread does.
    static NOW: Cell<(Until, Option<TooLate>)> = const { Cell::new((Until(None), None)) };
}

/// That of the query that this thread works on, to be taken to another thread.
pub(crate) fn until() -> Until {
    NOW.get().0
}

/// Works for a query that has until then.
///
/// # Errors
/// [`TooLate`], where a pattern was not matched in time.
pub(crate) fn within<T>(until: Until, work: impl FnOnce() -> T) -> Result<T, TooLate> {
    struct Before((Until, Option<TooLate>));
    impl Drop for Before {
        fn drop(&mut self) {
            NOW.set(self.0);
        }
    }
    let _before = Before(NOW.replace((until, None)));
    let done = work();
    match NOW.get().1 {
        Some(late) => Err(late),
        None => Ok(done),
    }
}

/// Whether there is time left to match.
pub(crate) fn look() -> Result<(), TooLate> {
    match NOW.get() {
        (_, Some(late)) => Err(late),
        (Until(Some(Bound { end: Some(end), .. })), None) if Instant::now() >= end => give_up(),
        _ => Ok(()),
    }
}

/// Ends a match that would take too long, where anybody bounds its time.
pub(crate) fn give_up() -> Result<(), TooLate> {
    match NOW.get() {
        (until @ Until(Some(Bound { limit, .. })), _) => {
            let late = TooLate { limit };
            NOW.set((until, Some(late)));
            Err(late)
        }
        _ => Ok(()),
    }
}
