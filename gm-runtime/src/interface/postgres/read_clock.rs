//! The time of a read.

use std::time::{Duration, Instant};

use super::error::{described, is_cancelled, of_statement};
use crate::error::{Error, QueryError};
use crate::manager::Description;

/// The time of a read, from its request on.
#[derive(Clone, Copy)]
pub(super) struct ReadClock {
    requested_at: Instant,
    limit: Duration,
}

/// The error of a read that waited for most of its time.
pub(super) const WAITED_TOO_LONG: Error = Error::Unavailable(
    "a read waited for a connection to the database longer than `GmBuilder::read_time_limit` allows",
);

/// The error of a read to which the server gave no answer, although it would have ended the statement by then.
const NO_ANSWER: Error =
    Error::Unavailable("the database server did not answer within `GmBuilder::read_time_limit`");

impl ReadClock {
    /// The clock of a read that is requested now.
    pub(super) fn start(limit: Duration) -> Self {
        Self {
            requested_at: Instant::now(),
            limit,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.requested_at.elapsed()
    }

    /// The time that is left.
    pub(super) fn remaining(&self) -> Duration {
        self.limit.saturating_sub(self.elapsed())
    }

    pub(super) fn is_late(&self) -> bool {
        self.remaining().is_zero()
    }

    /// The time until the server must have answered, since it ends a statement at the limit.
    pub(super) fn remaining_with_grace(&self) -> Duration {
        self.limit
            .saturating_add(GRACE_TIME)
            .saturating_sub(self.elapsed())
    }

    /// The error of a read to which no answer came until some time after its limit. The server ends a statement at the limit
    /// itself, unless the statement was sent late.
    pub(super) fn unanswered(&self, description: &'static Description, waited: Duration) -> Error {
        match waited < GRACE_TIME {
            true => NO_ANSWER,
            false => self.late(description, waited),
        }
    }

    /// The error of a read that reached its limit. The larger part of the time decides whether the wait for a connection or the
    /// read itself was too slow.
    pub(super) fn late(&self, description: &'static Description, waited: Duration) -> Error {
        if waited > self.limit / 2 {
            return WAITED_TOO_LONG;
        }
        Error::Query(QueryError::ReadTimeout {
            manager: description.name(),
            limit: self.limit,
        })
    }

    /// The error of a statement on the rows of this manager.
    pub(super) fn error(
        &self,
        description: &'static Description,
        waited: Duration,
        error: &tokio_postgres::Error,
    ) -> Error {
        if is_cancelled(error) && self.elapsed() >= self.limit.saturating_sub(CANCEL_TOLERANCE) {
            return self.late(description, waited);
        }
        tracing::debug!(
            "a read of the rows of `{}` failed: {}",
            description.name(),
            described(error)
        );
        of_statement(description, error)
    }
}

/// The time after the limit of a read in which the server may end the statement itself, which keeps the connection.
const GRACE_TIME: Duration = Duration::from_millis(500);

/// The server counts the time limit of a statement with a clock of its own.
const CANCEL_TOLERANCE: Duration = Duration::from_millis(5);
