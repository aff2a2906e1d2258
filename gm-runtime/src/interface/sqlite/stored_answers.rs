//! The answers of requests with an idempotency key, in the table `gm_idempotency`.

use std::cell::Cell;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::error;
use crate::error::Error;
use crate::interface::{KeyedRequest, Replay, RequestId, Retention, StoredAnswer, StoredBody, Written, now};

const FIND: &str =
    "SELECT fingerprint, status, version, body, row_id FROM gm_idempotency WHERE id = ?1 AND created > ?2";

/// An answer that has ended is replaced.
const STORE: &str = "INSERT OR REPLACE INTO gm_idempotency (id, fingerprint, created, status, version, body, row_id) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const REMOVE: &str = "DELETE FROM gm_idempotency WHERE id IN \
     (SELECT id FROM gm_idempotency WHERE created <= ?1 ORDER BY created LIMIT ?2)";

/// Answers that have ended are removed once so many were stored.
const STORED: u32 = 64;

/// The most answers that are removed at once. It is more than are stored meanwhile, so that the table shrinks.
const REMOVED: u32 = 2 * STORED;

/// The answers of a database. The writing thread has it.
pub(super) struct StoredAnswers {
    retention: Retention,
    /// The number of answers that were stored since some were removed.
    stored: Cell<u32>,
}

impl StoredAnswers {
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            retention,
            // So that the first commit after a start removes some.
            stored: Cell::new(STORED),
        }
    }

    /// What the key of this request stands for already.
    pub(super) fn find(&self, connection: &Connection, request: &RequestId) -> Result<Option<Replay>, Error> {
        find(connection, request, self.retention)
    }

    /// Stores the answer of a write, in its transaction.
    pub(super) fn store(
        &self,
        connection: &Connection,
        request: &RequestId,
        answer: &StoredAnswer,
    ) -> Result<(), Error> {
        self.stored.set(self.stored.get().saturating_add(1));
        store(connection, request, answer)
    }

    /// Removes some of the answers that have ended, if it is time to. Called in a transaction.
    pub(super) fn remove_ended(&self, connection: &Connection) {
        if self.stored.get() < STORED || self.retention.time().is_none() {
            return;
        }
        self.stored.set(0);
        let removed = connection
            .prepare_cached(REMOVE)
            .and_then(|mut statement| statement.execute(params![self.retention.end(), REMOVED]));
        if let Err(error) = removed {
            tracing::warn!(%error, "answers of requests with an idempotency key can't be removed");
        }
    }
}

/// Stores the answer of a request that wrote nothing, unless its key stands for something already.
pub(super) fn remember(
    connection: &Connection,
    request: &KeyedRequest,
    retention: Retention,
) -> Result<Option<Replay>, Error> {
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
    let replay = find(connection, &request.id, retention)?;
    if replay.is_none()
        && let Some(answer) = request.answer(&Written::Unreadable)
    {
        store(connection, &request.id, &answer)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(replay)
}

fn find(connection: &Connection, request: &RequestId, retention: Retention) -> Result<Option<Replay>, Error> {
    connection
        .prepare_cached(FIND)
        .and_then(|mut statement| {
            statement
                .query_row(params![request.key, retention.end()], |row| {
                    replay_of(request, row)
                })
                .optional()
        })
        .map_err(failed)
}

fn replay_of(request: &RequestId, row: &Row<'_>) -> rusqlite::Result<Replay> {
    let body = match row.get(3)? {
        Some(body) => StoredBody::Json(body),
        None => StoredBody::Row(row.get(4)?),
    };
    let answer = StoredAnswer {
        status: row.get(1)?,
        version: row.get(2)?,
        body,
    };
    Ok(Replay::of(request, &row.get::<_, String>(0)?, answer))
}

fn store(connection: &Connection, request: &RequestId, answer: &StoredAnswer) -> Result<(), Error> {
    let (body, row) = match &answer.body {
        StoredBody::Json(body) => (Some(body), None),
        StoredBody::Row(row) => (None, Some(row)),
    };
    connection
        .prepare_cached(STORE)
        .and_then(|mut statement| {
            statement.execute(params![
                request.key,
                request.fingerprint,
                now(),
                answer.status,
                answer.version,
                body,
                row
            ])
        })
        .map(drop)
        .map_err(failed)
}

fn failed(error: rusqlite::Error) -> Error {
    error::or_storage(error, "an answer can't be stored under its idempotency key")
}
