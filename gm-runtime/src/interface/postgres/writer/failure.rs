//! What the error of a statement in the writer's transaction means.

use tokio_postgres::error::{DbError, Severity, SqlState};

use super::super::error::is_broken;
use super::pipeline::RequestError;
use crate::error::Error;

/// What the error of a request means for its write and for the others of its transaction.
pub(super) enum Failure {
    /// The connection ended, or the server is silent. `is_refused`: the server itself ended the session before the request
    /// returned anything, so the request was not carried out.
    Broken { is_refused: bool },
    /// Another request of the transaction failed before, so this one was not carried out.
    NotRun,
    /// Another transaction holds a lock, for longer than this one may wait.
    Locked,
    /// Another transaction came between, and a retry helps: a deadlock or a serialization failure.
    Contended,
    /// The time limit of the statement, or an operator, cancelled it.
    Cancelled,
    /// The statement was prepared for another shape of the table, or was forgotten.
    StaleStatement,
    /// The rows are computed by a view, so that they can't be locked.
    NotLockable,
    /// Another transaction has stored an answer under the idempotency key.
    KeyTaken,
    /// Another transaction stores an answer under the idempotency key.
    KeyLocked,
    /// The ids of the table are used up.
    IdsUsedUp,
    /// The write can't be carried out now.
    Unavailable(&'static str),
    /// The server accepts no writes, and another one may by now.
    ReadOnly,
    /// A constraint, a trigger or a limit refuses the values.
    Refused(Box<DbError>),
    /// Anything else is a fault of the table, of the server or of this code.
    Fault(tokio_postgres::Error),
}

impl Failure {
    /// What an error means. `has_reply`: rows came before it, so the statement was executed, and the commit failed.
    pub(super) fn of(error: RequestError, has_reply: bool) -> Self {
        let error = match error {
            RequestError::Postgres(error) => error,
            RequestError::Silent => return Self::Broken { is_refused: false },
        };
        let Some(database) = error.as_db_error() else {
            return match is_broken(&error) {
                true => Self::Broken { is_refused: false },
                // The request was not sent.
                false => Self::Fault(error),
            };
        };
        if matches!(
            database.parsed_severity(),
            Some(Severity::Fatal | Severity::Panic)
        ) {
            return Self::Broken {
                is_refused: !has_reply,
            };
        }
        // A pooler reports so that it lost the server, without the severity that a server adds.
        if database.code().code().starts_with("08") {
            return Self::Broken { is_refused: false };
        }
        let code = database.code();
        match *code {
            SqlState::IN_FAILED_SQL_TRANSACTION => Self::NotRun,
            SqlState::LOCK_NOT_AVAILABLE => Self::Locked,
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Contended,
            SqlState::QUERY_CANCELED => Self::Cancelled,
            SqlState::FEATURE_NOT_SUPPORTED if is_stale_plan(database) => Self::StaleStatement,
            SqlState::FEATURE_NOT_SUPPORTED if is_not_lockable(database) => Self::NotLockable,
            SqlState::INVALID_SQL_STATEMENT_NAME => Self::StaleStatement,
            SqlState::SEQUENCE_GENERATOR_LIMIT_EXCEEDED => Self::IdsUsedUp,
            SqlState::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly,
            // The notification queue of the server is full.
            SqlState::PROGRAM_LIMIT_EXCEEDED if has_reply => {
                Self::Unavailable("the notification queue of the database is full")
            }
            SqlState::DISK_FULL => Self::Unavailable("the disk of the database is full"),
            SqlState::INSUFFICIENT_PRIVILEGE if is_row_security(database) => {
                Self::Refused(Box::new(database.clone()))
            }
            ref code => match code.code().get(..2) {
                Some("53" | "57") => Self::Unavailable("the database is out of resources, or stops"),
                Some("22" | "23" | "44" | "54" | "P0") => Self::Refused(Box::new(database.clone())),
                _ => Self::Fault(error),
            },
        }
    }
}

impl Failure {
    /// Whether another row has the value of a unique column.
    pub(super) fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::UNIQUE_VIOLATION)
    }
}

/// The error of a write that was not carried out, since the connection broke or the server is away.
pub(super) const NO_CONNECTION: Error = Error::Unavailable("there is no connection to the database");

/// The error of a write that was cancelled before its time limit.
pub(super) const CANCELLED: Error = Error::Unavailable("the write was cancelled on the database server");

/// The error of a write to a server that accepts none.
pub(super) const READ_ONLY: Error =
    Error::Unavailable("the database accepts no writes: it is a standby, or read-only");

/// The error of a write whose rows or table another transaction has locked.
pub(super) const LOCKED: Error = Error::Unavailable(
    "another transaction has locked the row or the table for longer than the busy timeout",
);

/// Whether the server refuses a prepared statement whose result has another type since the table was altered. Other
/// messages have the same code. The function's name is not translated, and the message may be.
fn is_stale_plan(error: &DbError) -> bool {
    error.routine() == Some("RevalidateCachedQuery")
}

/// Whether `FOR UPDATE` is refused, as for a view that groups rows.
fn is_not_lockable(error: &DbError) -> bool {
    error.routine() == Some("CheckSelectLocking")
}

/// Whether a policy of row level security refuses the row. A missing right has the same code.
fn is_row_security(error: &DbError) -> bool {
    error.routine() == Some("ExecWithCheckOptions")
}
