//! The idempotency key of an interactive transaction.

use tokio_postgres::Row;

use super::super::super::parameter::Parameter;
use super::super::super::statement::Statement;
use super::super::failure::Failure;
use super::super::pipeline::{Reply, send_all};
use super::super::requests::milliseconds;
use super::super::stored_answers::{StoredAnswers, columns_of, replay_of};
use super::super::waiting::LOCK_TIMEOUT;
use super::running::{Running, VerbEnd};
use crate::error::Error;
use crate::interface::sql::STORED_ANSWERS;
use crate::interface::{Replay, RequestIdentity, StoredAnswer, now};

/// Claims a key, unless it has an answer. A look-up would be in conflict with the claims of all keys that are near this one in the
/// index, since the transactions are serializable.
const CLAIM: &str = "INSERT INTO gm_idempotency AS a (id, fingerprint, created, status) VALUES ($1, $2, $3, 0) \
     ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, created = excluded.created, status = 0, \
     version = NULL, body = NULL, row_ids = NULL WHERE a.created <= $4 RETURNING pg_current_xact_id()::text";

const STORE: &str =
    "UPDATE gm_idempotency SET status = $2, version = $3, body = $4, row_ids = $5 WHERE id = $1";

impl Running {
    /// Claims the key of a request, before the first verb. Another transaction that claims it waits for the end of this one.
    ///
    /// Returns what the key stands for already. The transaction is to be rolled back then.
    pub(super) async fn claim_key(
        &mut self,
        answers: &StoredAnswers,
        request: &RequestIdentity,
    ) -> Result<Option<Replay>, VerbEnd> {
        let claim = Statement {
            text: CLAIM.into(),
            parameters: vec![
                Parameter::text(request.key.as_str()),
                Parameter::text(request.fingerprint.as_str()),
                Parameter::integer(now()),
                Parameter::integer(answers.end()),
            ],
        };
        let open = self.open.clone();
        let requests = self.requests(&open);
        let [short, usual] = [LOCK_TIMEOUT, requests.attempt.lock_timeout]
            .map(|limit| format!("SET LOCAL lock_timeout={}", milliseconds(limit)));
        let sent = vec![
            requests.batch(&short),
            requests.rows(&claim),
            requests.batch(&usual),
        ];
        let claimed = match Self::rows_of(send_all(sent, requests.reply_limit).await) {
            Ok(rows) => rows,
            // Another transaction carries the same request out.
            Err(Failure::Locked) => return Ok(Some(Replay::InProgress)),
            Err(failure) => return Err(self.end_of(failure)),
        };
        if let Some(row) = claimed.first() {
            self.id = row.try_get(0).ok();
            return Ok(None);
        }
        let find = answers.find_one(request);
        let found = Self::rows_of(send_all(vec![requests.planned_rows(&find)], requests.reply_limit).await);
        let found = found.map_err(|failure| self.end_of(failure))?;
        let replay = found.first().and_then(|row| replay_of(request, row).ok());
        // Without an answer, another transaction has changed it meanwhile.
        replay.map(Some).ok_or(VerbEnd::Conflict)
    }

    /// Stores the answer of the request whose key is claimed.
    pub(super) async fn store_answer(
        &mut self,
        request: &RequestIdentity,
        answer: StoredAnswer,
    ) -> Result<(), VerbEnd> {
        let columns = columns_of(answer);
        let fields = STORED_ANSWERS.fields();
        let fields = fields.iter().skip(fields.len().saturating_sub(columns.len()));
        let mut parameters = vec![Parameter::text(request.key.as_str())];
        for (field, value) in fields.zip(&columns) {
            let value = Parameter::of(field, value).map_err(Error::storage);
            parameters.push(value.map_err(VerbEnd::Undone)?);
        }
        let store = Statement {
            text: STORE.into(),
            parameters,
        };
        let open = self.open.clone();
        let requests = self.requests(&open);
        let stored = Self::rows_of(send_all(vec![requests.planned_rows(&store)], requests.reply_limit).await);
        stored.map(drop).map_err(|failure| self.end_of(failure))?;
        self.has_answer = true;
        Ok(())
    }

    /// The rows of the replies, or the first failure.
    fn rows_of(replies: Vec<Reply>) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        for reply in replies {
            match reply.error {
                Some(error) => return Err(Failure::of(error, false)),
                None => rows.extend(reply.rows),
            }
        }
        Ok(rows)
    }

    /// The transaction accepts no further statements after such a failure, and is rolled back by its caller.
    fn end_of(&self, failure: Failure) -> VerbEnd {
        VerbEnd::of(&failure).unwrap_or_else(|| VerbEnd::Undone(self.error_of_commit(failure)))
    }
}
