//! The answers of requests with an idempotency key, in the table `gm_idempotency`.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::error;
use crate::error::Error;
use crate::interface::sql::StoredCount;
use crate::interface::{
    KeyedRequest, Replay, RequestIdentity, Retention, StoredAnswer, StoredBody, Written, now,
};

const FIND: &str =
    "SELECT fingerprint, status, version, body, row_ids FROM gm_idempotency WHERE id = ?1 AND created > ?2";

/// An answer that has ended is replaced.
const STORE: &str = "INSERT OR REPLACE INTO gm_idempotency (id, fingerprint, created, status, version, body, row_ids) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// The first rows are the oldest ones. Answers that were stored while the clock was far ahead must not stay in front of the others.
const REMOVE: &str = "DELETE FROM gm_idempotency \
     WHERE rowid IN (SELECT rowid FROM gm_idempotency ORDER BY rowid LIMIT ?1) AND created NOT BETWEEN ?2 + 1 AND ?3";

/// After so many stored answers, those that have ended are removed.
const STORED: u32 = 64;

/// The most answers that are removed at once. It is more than are stored meanwhile, so that the table shrinks.
const REMOVED: u32 = 2 * STORED;

/// The answers of a database.
pub(super) struct StoredAnswers {
    retention: Retention,
    count: StoredCount,
}

impl StoredAnswers {
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            retention,
            count: StoredCount::new(STORED),
        }
    }

    /// Whether answers are stored.
    pub(super) fn are_stored(&self) -> bool {
        self.retention.time().is_some()
    }

    /// What the key of this request stands for already.
    pub(super) fn find(
        &self,
        connection: &Connection,
        request: &RequestIdentity,
    ) -> Result<Option<Replay>, Error> {
        connection
            .prepare_cached(FIND)
            .and_then(|mut statement| {
                statement
                    .query_row(params![request.key, self.retention.end()], |row| {
                        replay_of(request, row)
                    })
                    .optional()
            })
            .map_err(failed)
    }

    /// Stores the answer of a request, in the transaction of its writes.
    pub(super) fn store(
        &self,
        connection: &Connection,
        request: &RequestIdentity,
        answer: &StoredAnswer,
    ) -> Result<(), Error> {
        let (body, rows) = match &answer.body {
            StoredBody::Json(body) => (Some(body), None),
            StoredBody::Rows(ids) => (None, Some(ids)),
        };
        self.count.add();
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
                    rows
                ])
            })
            .map(drop)
            .map_err(failed)
    }

    /// Stores the answer of a request that wrote nothing, unless its key stands for something already.
    pub(super) fn remember(
        &self,
        connection: &Connection,
        request: &KeyedRequest,
    ) -> Result<Option<Replay>, Error> {
        let transaction =
            Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
        let replay = self.find(connection, &request.id)?;
        if replay.is_none()
            && let Some(answer) = request.answer(&Written::Unreadable)
        {
            self.store(connection, &request.id, &answer)?;
            self.remove_ended(connection);
        }
        transaction.commit().map_err(failed)?;
        Ok(replay)
    }

    /// Removes some of the answers that have ended, if it is time to. Called in a transaction.
    pub(super) fn remove_ended(&self, connection: &Connection) {
        if !self.count.is_due() {
            return;
        }
        let removed = connection.prepare_cached(REMOVE).and_then(|mut statement| {
            let (end, far_ahead) = (self.retention.end(), self.retention.far_ahead());
            statement.execute(params![REMOVED, end, far_ahead])
        });
        if let Err(error) = removed {
            tracing::warn!(%error, "answers of requests with an idempotency key can't be removed");
        }
    }
}

fn replay_of(request: &RequestIdentity, row: &Row<'_>) -> rusqlite::Result<Replay> {
    let body = match row.get(3)? {
        Some(body) => StoredBody::Json(body),
        None => StoredBody::Rows(row.get(4)?),
    };
    let answer = StoredAnswer {
        status: row.get(1)?,
        version: row.get(2)?,
        body,
    };
    Ok(Replay::of(request, &row.get::<_, String>(0)?, answer))
}

fn failed(error: rusqlite::Error) -> Error {
    error::or_storage(error, "an answer can't be stored under its idempotency key")
}
