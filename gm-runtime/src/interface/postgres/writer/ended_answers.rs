//! The removal of stored answers whose time is over.

use tokio::time::timeout;

use super::super::session::Session;
use super::task::{OPENING_TIME, Task};

impl Task {
    /// Removes some of the answers that have ended, if it is time to.
    pub(super) async fn remove_ended(&mut self, session: &Session) {
        let Some(remove) = self.answers.remove_ended() else {
            return;
        };
        match timeout(
            self.write_time.saturating_add(OPENING_TIME),
            session.rows(&remove),
        )
        .await
        {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "answers of requests with an idempotency key can't be removed");
            }
            Err(_) => session.discard(),
        }
    }
}
