//! The removal of stored answers whose time is over.

use std::time::Duration;

use tokio::time::timeout;

use super::super::session::Session;
use super::stored_answers::StoredAnswers;

/// Removes some of the answers that have ended, if it is time to. `limit` is the time for it.
pub(super) async fn remove(answers: &StoredAnswers, session: &Session, limit: Duration) {
    let Some(remove) = answers.remove_ended() else {
        return;
    };
    match timeout(limit, session.rows(&remove)).await {
        Ok(Ok(rows)) => answers.look_further(&rows),
        Ok(Err(error)) => {
            tracing::warn!(%error, "answers of requests with an idempotency key can't be removed");
        }
        Err(_) => session.discard(),
    }
}
