//! The answers of requests with an idempotency key, in the table `gm_idempotency`.
//!
//! `docs/design/idempotency.md` gives the reasons.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_postgres::Row;

use super::super::parameter::Parameter;
use super::super::statement::Statement;
use super::work::{State, Work};
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{STORED_ANSWERS, StoredCount};
use crate::interface::{Replay, RequestIdentity, Retention, StoredAnswer, StoredBody, Written, now};

const FIND: &str = "SELECT id, fingerprint, status, version, body, row_ids FROM gm_idempotency \
     WHERE id = ANY ($1) AND created > $2";

const STORE: &str = "INSERT INTO gm_idempotency (id, fingerprint, created, status, version, body, row_ids) \
     SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)";

/// An answer that is still valid is not removed.
const REMOVE: &str = "DELETE FROM gm_idempotency WHERE id = $1 AND created <= $2";

/// Looks at the answers behind a position, in the order of the primary key, and removes those that have ended. Another replica may remove
/// the same ones. The row of the result has the next position. There is none at the end of the table.
const REMOVE_ENDED: &str = "WITH next AS (SELECT id, created FROM gm_idempotency WHERE id > $1 ORDER BY id LIMIT $2), \
     ended AS (SELECT id FROM gm_idempotency WHERE id IN (SELECT id FROM next WHERE created <= $3) FOR UPDATE SKIP LOCKED), \
     removed AS (DELETE FROM gm_idempotency WHERE id IN (SELECT id FROM ended)) \
     SELECT max(id) FROM next HAVING count(*) = $2";

/// After so many stored answers, those that have ended are looked for.
const STORED: u32 = 256;

/// The answers that are looked at then. It is more than are stored meanwhile, so that all are looked at in time.
const LOOKED_AT: i64 = 512;

/// The statements on the table, and how long the answers are stored.
pub(super) struct StoredAnswers {
    retention: Retention,
    find: Arc<str>,
    store: Arc<str>,
    count: StoredCount,
    /// The id up to which the removal has looked at the answers.
    position: Mutex<String>,
}

impl StoredAnswers {
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            retention,
            find: FIND.into(),
            store: STORE.into(),
            count: StoredCount::new(STORED),
            position: Mutex::default(),
        }
    }

    /// Finds the answers that are stored for the requests of these writes.
    pub(super) fn find(&self, works: &[Work]) -> Option<Statement> {
        let keys = works.iter().filter_map(|work| work.job.keyed());
        let keys: Vec<&str> = keys.map(|request| request.id.key.as_str()).collect();
        (!keys.is_empty()).then(|| Statement {
            text: Arc::clone(&self.find),
            parameters: vec![Parameter::texts(&keys), Parameter::integer(self.end())],
        })
    }

    /// Answers the writes whose requests are among these rows. Returns whether there is one.
    pub(super) fn answer(works: &mut [Work], rows: &[Row]) -> Result<bool, tokio_postgres::Error> {
        let mut found = HashMap::with_capacity(rows.len());
        for row in rows {
            found.insert(row.try_get::<_, &str>(0)?, row);
        }
        let mut is_answered = false;
        for work in works {
            let Some(request) = work.job.keyed() else { continue };
            if let Some(row) = found.get(request.id.key.as_str()) {
                let replay = Box::new(replay_of(&request.id, row)?);
                work.state = State::Answered(Ok(Written::Replay(replay)));
                is_answered = true;
            }
        }
        Ok(is_answered)
    }

    /// Stores the answers of these writes. `None` if none has one.
    pub(super) fn store<'w>(
        &self,
        works: impl Iterator<Item = &'w Work>,
    ) -> Result<Option<Statement>, Error> {
        let mut columns: [Vec<Value>; 7] = Default::default();
        for work in works {
            let Some((id, answer)) = work.stored_answer() else {
                continue;
            };
            let [status, version, body, rows] = columns_of(answer);
            let values = [
                Value::Text(id.key.clone()),
                Value::Text(id.fingerprint.clone()),
                Value::Integer(now()),
                status,
                version,
                body,
                rows,
            ];
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(value);
            }
        }
        if columns.first().is_none_or(Vec::is_empty) {
            return Ok(None);
        }
        let parameters = STORED_ANSWERS.fields().iter().zip(&columns);
        let parameters = parameters.map(|(field, column)| {
            Parameter::list(field, &column.iter().collect::<Vec<_>>()).map_err(Error::storage)
        });
        Ok(Some(Statement {
            text: Arc::clone(&self.store),
            parameters: parameters.collect::<Result<_, _>>()?,
        }))
    }

    /// Finds the answer of one request.
    pub(super) fn find_one(&self, request: &RequestIdentity) -> Statement {
        Statement {
            text: Arc::clone(&self.find),
            parameters: vec![
                Parameter::texts(&[request.key.as_str()]),
                Parameter::integer(self.end()),
            ],
        }
    }

    /// Removes the answer of a request, if it has ended.
    pub(super) fn remove_one(&self, request: &RequestIdentity) -> Statement {
        Statement {
            text: REMOVE.into(),
            parameters: vec![
                Parameter::text(request.key.as_str()),
                Parameter::integer(self.end()),
            ],
        }
    }

    /// The answers that were stored before this time have ended.
    pub(super) fn end(&self) -> i64 {
        self.retention.end()
    }

    /// Removes some of the answers that have ended, if it is time to.
    pub(super) fn remove_ended(&self) -> Option<Statement> {
        self.count.is_due().then(|| Statement {
            text: REMOVE_ENDED.into(),
            parameters: vec![
                Parameter::text(self.position().as_str()),
                Parameter::integer(LOOKED_AT),
                Parameter::integer(self.end()),
            ],
        })
    }

    /// Continues behind the position in the result of a removal the next time. At the end of the table, it begins anew.
    pub(super) fn look_further(&self, rows: &[Row]) {
        let next = rows.first().and_then(|row| row.try_get(0).ok());
        *self.position() = next.unwrap_or_default();
    }

    fn position(&self) -> MutexGuard<'_, String> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an answer that is stored.
    pub(super) fn count(&self) {
        self.count.add();
    }
}

/// The columns of an answer: the last ones of the table.
pub(super) fn columns_of(answer: StoredAnswer) -> [Value; 4] {
    let (body, rows) = match answer.body {
        StoredBody::Json(body) => (Value::Text(body), Value::Null),
        StoredBody::Rows(ids) => (Value::Null, Value::Text(ids)),
    };
    [
        Value::Integer(answer.status.into()),
        answer.version.map_or(Value::Null, Value::Integer),
        body,
        rows,
    ]
}

/// What the key of this request stands for, from the row of a find.
pub(super) fn replay_of(request: &RequestIdentity, row: &Row) -> Result<Replay, tokio_postgres::Error> {
    let body = match row.try_get(4)? {
        Some(body) => StoredBody::Json(body),
        None => StoredBody::Rows(row.try_get(5)?),
    };
    let status: i16 = row.try_get(2)?;
    let answer = StoredAnswer {
        status: status.try_into().unwrap_or_default(),
        version: row.try_get(3)?,
        body,
    };
    Ok(Replay::of(request, row.try_get(1)?, answer))
}
